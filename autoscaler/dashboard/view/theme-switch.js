import { byId, setText } from './dom.js';

/** Light, dark, or as the system has it; theme.js applies the choice before the next first paint. */

const KEY = 'farmhand-theme';
const CHOICES = ['auto', 'light', 'dark'];

/** @param changed told after each change */
export function switchThemes(changed) {
  const button = byId('theme');
  let chosen = CHOICES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : 'auto';
  const apply = () => {
    if (chosen === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    setText(button, `Theme: ${chosen}`);
  };
  button.addEventListener('click', () => {
    chosen = CHOICES[(CHOICES.indexOf(chosen) + 1) % CHOICES.length];
    localStorage.setItem(KEY, chosen);
    apply();
    changed();
  });
  apply();
}
