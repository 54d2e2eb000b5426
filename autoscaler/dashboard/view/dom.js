/** The few things that the views do with elements. */

export const byId = (id) => document.getElementById(id);

/** Makes an element. `attributes`: `class`, `text`, `on` {event: listener}, properties of the element, or attributes. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null) continue;
    if (key === 'text') made.textContent = value;
    else if (key === 'class') made.className = value;
    else if (key === 'on')
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    else if (key in made && key !== 'role') made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Writes only what changed, so that screen readers and selections are left alone. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Puts `children()` into the container when `key` is another one than the last time. The focus stays on what has the same name. */
export function fill(container, key, children) {
  if (container.dataset.key === key) return;
  container.dataset.key = key;
  const focused = container.contains(document.activeElement) ? document.activeElement.ariaLabel : null;
  container.replaceChildren(...children());
  if (focused === null) return;
  [...container.querySelectorAll('[aria-label]')]
    .find(({ ariaLabel }) => ariaLabel === focused)
    ?.focus({ preventScroll: true });
}

/** A bar with what it says beside it, as a run's cell and an emission's line have it; `showProgress` moves both. */
export const progressBar = (name) => [
  element('progress', { 'aria-label': name }),
  element('small', { class: 'soft progress' }),
];

/** Moves the bar within `place`. Nothing is made anew: a button beside it keeps the focus, and a click its button. */
export function showProgress(place, { done, total, text }) {
  const bar = place.querySelector('progress');
  bar.max = Math.max(1, total);
  bar.value = done;
  setText(place.querySelector('.progress'), text);
}

/** A row of a table, whose cells carry their column's name for the narrow layout. */
export function row(headings, cells, attributes = {}) {
  return element(
    'tr',
    attributes,
    ...cells.map((cell, i) =>
      element('td', { 'data-label': headings[i] }, ...(Array.isArray(cell) ? cell : [cell ?? ''])),
    ),
  );
}
