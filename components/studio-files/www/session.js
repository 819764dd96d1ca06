// Who is signed in: the key is in this tab, or on this device where its owner said so.

const KEY = "likeness.key";
const ADMIN = "likeness.admin";

/** The key, or null. */
export const key = () => sessionStorage.getItem(KEY) ?? localStorage.getItem(KEY);

/** Keeps a key in this tab, and on this device too if it is to be remembered. */
export function signIn(value, remember) {
  sessionStorage.setItem(KEY, value);
  if (remember) localStorage.setItem(KEY, value);
}

/** Forgets the key and all that was typed. */
export function signOut() {
  localStorage.removeItem(KEY);
  sessionStorage.clear();
}

/** The operator's token, kept in this tab only, or null. */
export const adminToken = () => sessionStorage.getItem(ADMIN);

/** Keeps the operator's token, or forgets it where there is none. */
export function setAdminToken(value) {
  if (value) sessionStorage.setItem(ADMIN, value);
  else sessionStorage.removeItem(ADMIN);
}

/** Takes a key out of a link (`#key=sk-...`), and the link out of the address and the history. */
export function takeKeyFromLink() {
  const found = /^#key=([^&]+)/.exec(location.hash);
  if (!found) return;
  history.replaceState(null, "", location.pathname);
  signIn(decodeURIComponent(found[1]), false);
}
