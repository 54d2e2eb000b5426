import { setText } from './dom.js';

/**
 * Runs what a button or a form does: busy while it runs, then what came of it in a line that is read out.
 * @param act {said: element, button?, work: () => Promise<sentence | null>}; null: given up by the user
 */
export async function act({ said, button, work }) {
  if (button?.getAttribute('aria-disabled') === 'true') return;
  // Not `disabled`: that would take the focus away.
  button?.setAttribute('aria-disabled', 'true');
  said.className = 'said';
  setText(said, 'Asking …');
  try {
    setText(said, (await work()) ?? '');
  } catch (error) {
    said.classList.add('failed');
    setText(said, error.message);
  } finally {
    button?.removeAttribute('aria-disabled');
  }
}

/** A form's fields by name, without those that are empty or hidden; numbers as numbers. */
export function fieldsOf(form) {
  const fields = {};
  for (const control of form.elements) {
    const { name, type, value, checked } = control;
    if (name === '' || type === 'radio' || control.closest('[hidden]') !== null) continue;
    if (type === 'checkbox') fields[name] = checked;
    else if (value !== '') fields[name] = type === 'number' ? Number(value) : value.trim();
  }
  return fields;
}
