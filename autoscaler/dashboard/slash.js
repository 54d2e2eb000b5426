/*
 * Not a module: it runs first. All addresses of the page are relative to one that ends with a slash, and OpenFaaS passes its name
 * with a slash and without as one and the same request, so the function cannot send anybody from one to the other. Asked for
 * by the function's name, this file is found from both.
 */
if (!location.pathname.endsWith('/')) location.replace(`${location.pathname}/${location.search}${location.hash}`);
