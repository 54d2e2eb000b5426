/** The farm's token, kept in this tab until it closes: never in an address, never on a disk of ours. */

const KEY = 'farmhand-token';

export const readToken = () => sessionStorage.getItem(KEY);
export const keepToken = (token) => sessionStorage.setItem(KEY, token);
export const forgetToken = () => sessionStorage.removeItem(KEY);
