// What every page does: sign in, poll while somebody looks, and say what is wrong.

import { Problem, get, token } from "/static/api.js";

const FAST = 2000;
const SLOW = 10000;

export const byId = (id) => document.getElementById(id);

/** An element with text and classes; text is never markup. */
export function element(tag, { text = "", classes = "", ...attributes } = {}, children = []) {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = classes;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export function show(node, visible) {
  node.hidden = !visible;
}

export function badge(state) {
  return element("span", { text: state, classes: `badge ${state}` });
}

export const percent = (fraction) => (fraction === undefined ? "–" : `${(100 * fraction).toFixed(2)} %`);
export const count = (number) => (number === undefined ? "–" : number.toLocaleString("en"));
export const milliseconds = (ms) => (ms === undefined ? "–" : ms.toPrecision(3));
export const time = (at) => (at ? new Date(at).toLocaleString() : "–");

/**
 * Run `refresh` now and again while the page is looked at.
 * It returns whether more is to be expected soon.
 */
export function run(refresh) {
  let timer = null;

  async function turn() {
    clearTimeout(timer);
    let lively = true;
    try {
      lively = await refresh();
      say("");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) return signIn("This token is not valid any more.");
      say(error.message);
      lively = error.status === 0 || error.status >= 500;
    }
    if (!document.hidden) timer = setTimeout(turn, lively ? FAST : SLOW);
  }

  function start() {
    show(byId("sign-in"), false);
    show(byId("content"), true);
    show(byId("sign-out"), true);
    turn();
  }

  function signIn(message) {
    clearTimeout(timer);
    token.forget();
    show(byId("content"), false);
    show(byId("sign-out"), false);
    show(byId("sign-in"), true);
    complain(message);
    byId("token").focus();
  }

  byId("sign-out").addEventListener("click", () => signIn(""));
  byId("sign-in").querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = byId("token").value.trim();
    try {
      await get("/api/v1/me", { bearer: text });
    } catch (error) {
      complain(error.status === 401 ? "This token is not known here. Copy it once more." : error.message);
      return;
    }
    token.keep(text);
    byId("token").value = "";
    start();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && token.read()) turn();
  });

  if (token.read()) start();
  else signIn("");
}

function say(message) {
  byId("notice").textContent = message;
  show(byId("notice"), message !== "");
}

function complain(message) {
  const place = byId("sign-in").querySelector(".error");
  place.textContent = message;
  show(place, message !== "");
}
