import { ApiError } from '../data/api.js';
import { forgetToken, keepToken, readToken } from '../data/token.js';
import { byId, setText } from './dom.js';

/** Asks for the farm's token when something wants it, and shows whether this tab has one. */

const WHY = byId('token-why').innerHTML;

export class TokenDialog {
  #dialog = byId('token-dialog');
  #button = byId('token');
  #field = this.#dialog.querySelector('input');

  constructor() {
    this.#button.addEventListener('click', () => {
      if (readToken() === null) void this.ask(null);
      else forgetToken();
      this.#show();
    });
    this.#dialog.querySelector('[value=cancel]').addEventListener('click', () => this.#dialog.close('cancel'));
    this.#show();
  }

  /**
   * Does `work`, which changes something; asks for the token first where this tab has none, and again where it was refused.
   * @throws what `work` throws; null where the token is not given
   */
  async withToken(work) {
    if (readToken() === null && !(await this.ask(null))) return null;
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401) throw error;
      forgetToken();
      this.#show();
      if (!(await this.ask(error.message))) return null;
      return await work();
    }
  }

  /** Whether a token was given. @param refused why the last one did not do; null: none was tried. */
  ask(refused) {
    this.#field.value = '';
    if (refused === null) byId('token-why').innerHTML = WHY;
    else setText(byId('token-why'), `That token was refused: ${refused}`);
    // Or one that is closed without an answer would still have the last one's.
    this.#dialog.returnValue = '';
    this.#dialog.showModal();
    return new Promise((resolve) => {
      this.#dialog.addEventListener(
        'close',
        () => {
          const given = this.#dialog.returnValue === 'save' && this.#field.value !== '';
          if (given) keepToken(this.#field.value.trim());
          this.#field.value = '';
          this.#show();
          resolve(given);
        },
        { once: true },
      );
    });
  }

  #show() {
    setText(this.#button, readToken() === null ? 'Unlock' : 'Lock');
    this.#button.title =
      readToken() === null ? 'Give the farm’s token, to change things' : 'Forget the farm’s token in this tab';
  }
}
