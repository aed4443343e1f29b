// Signing in with a token, and reading a page again and again while somebody looks at it.

import { Problem, getJson, request, token } from "/static/api.js";
import { byId, say, show } from "/static/page.js";

const FAST = 2000;
const SLOW = 10_000;
const ROLES = ["viewer", "editor", "admin"];

/** Whether a token of this kind is good for what needs the role and the scope. */
export function may(me, role, scope) {
  const covers = ROLES.indexOf(me.role) >= ROLES.indexOf(role);
  return covers && (me.scopes === null || me.scopes.includes(scope));
}

/**
 * Sign in, then call `refresh(me)` now and again while the page is looked at; it returns whether more
 * is to be expected soon. Returns a function that reads the page again at once, and gives a promise of it.
 */
export function run(refresh, { fast = FAST, slow = SLOW } = {}) {
  let timer = null;
  let me = null;
  let reading = null;
  let again = false;
  let lively = true;

  /** Read the page; while that is under way, once more after it, so that no old answer comes last. */
  function turn() {
    again = true;
    reading ??= readings().finally(() => (reading = null));
    return reading;
  }

  async function readings() {
    clearTimeout(timer);
    while (again && token.read()) {
      again = false;
      await read();
    }
    byId("content").ariaBusy = "false";
    if (token.read() && !document.hidden) timer = setTimeout(turn, lively ? fast : slow);
  }

  async function read() {
    try {
      if (!me) introduce((me = await getJson("/api/v1/me")));
      lively = await refresh(me);
      say("page", "");
    } catch (error) {
      if (!(error instanceof Problem)) {
        say("page", "This page met an error of its own. Reload it, and tell its makers if it comes back.");
        throw error;
      }
      if (error.status === 401) return;
      say("page", error.status === 0 ? `${error.message} Trying again …` : error.message);
      lively = error.passing;
    }
  }

  function start() {
    show(byId("sign-in"), false);
    show(byId("content"), true);
    turn();
  }

  function signIn(message) {
    clearTimeout(timer);
    token.forget();
    introduce(null);
    say("page", "");
    show(byId("content"), false);
    show(byId("sign-in"), true);
    complain(message);
    byId("token").focus();
  }

  async function submit(event) {
    event.preventDefault();
    const text = byId("token").value.trim();
    const before = me;
    try {
      me = await (await request("/api/v1/me", { bearer: text })).json();
    } catch (error) {
      complain(
        error.status === 401
          ? "This token is not good here: mistyped, expired or revoked. Copy it once more, or ask an " +
              "administrator for a new one."
          : error.message,
      );
      byId("token").select();
      return;
    }
    token.keep(text);
    // What one person has read is not another's to see.
    if (before && (before.name !== me.name || before.team !== me.team)) return location.reload();
    byId("token").value = "";
    complain("");
    introduce(me);
    start();
  }

  document.addEventListener("signedout", () => {
    signIn("Your token has expired or was revoked. Sign in with another one.");
  });
  const look = () => !document.hidden && token.read() && turn();
  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  addEventListener("offline", look);
  byId("sign-out").addEventListener("click", () => {
    token.forget();
    location.reload();
  });
  byId("sign-in").querySelector("form").addEventListener("submit", submit);

  if (token.read()) start();
  else signIn("");
  return turn;
}

function introduce(me) {
  byId("who").textContent = me?.name ?? "Menu";
  byId("account").textContent = me ? `${me.name}, ${me.role} of team ${me.team}` : "";
  show(byId("account"), me !== null);
  show(byId("sign-out"), me !== null);
}

function complain(message) {
  byId("sign-in-error").textContent = message;
  show(byId("sign-in-error"), message !== "");
  byId("token").toggleAttribute("aria-invalid", message !== "");
}
