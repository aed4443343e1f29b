// The public API as a page sees it: one token for this tab, and errors that say what is wrong.

const TOKEN = "tclsearch-token";
const PATIENCE = 30_000;
const KINDS = { json: "application/json", yaml: "application/yaml" };

/**
 * A request that was refused, or that nobody answered (`status` 0).
 * `code` is stable; `errors` name fields of the body: [{pointer, message}].
 */
export class Problem extends Error {
  constructor(status, { detail, code = "", errors = [], request_id: requestId = "" } = {}) {
    super(detail ?? `The service answered with status ${status}.`);
    Object.assign(this, { status, code, errors, requestId });
  }

  /** Whether the same request may well succeed later. */
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export const token = {
  read: () => sessionStorage.getItem(TOKEN),
  keep: (text) => sessionStorage.setItem(TOKEN, text),
  forget: () => sessionStorage.removeItem(TOKEN),
};

/**
 * The response to a request, which is a success or 304; raises Problem otherwise.
 * `body` is sent as JSON, or as it is when `kind` is "yaml".
 * Where the tab's own token is refused, the document hears of it by an event `signedout`.
 */
export async function request(path, { method = "GET", body, kind = "json", headers = {}, bearer, signal } = {}) {
  const sent = { Authorization: `Bearer ${bearer ?? token.read()}`, ...headers };
  if (body !== undefined) sent["Content-Type"] = KINDS[kind];
  const content = body === undefined || kind === "yaml" ? body : JSON.stringify(body);
  let response;
  try {
    // A stream may last; whoever opens one says when it has to end.
    const until = signal ?? AbortSignal.timeout(PATIENCE);
    response = await fetch(path, { method, headers: sent, body: content, signal: until, cache: "no-store" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, { detail: "The service does not answer. Is it running?" });
  }
  if (response.ok || response.status === 304) return response;
  if (response.status === 401 && bearer === undefined) document.dispatchEvent(new Event("signedout"));
  throw new Problem(response.status, await response.json().catch(() => ({})));
}

export const get = (path, options = {}) => request(path, options);

export async function getJson(path, options = {}) {
  return (await request(path, options)).json();
}

/** Send a document, or nothing; what comes back, null for an empty answer. */
export async function send(method, path, body, options = {}) {
  const response = await request(path, { method, body, ...options });
  return response.status === 204 ? null : response.json();
}

/** Every item of a list, page by page; `path` has its query already. */
export async function getAll(path) {
  const items = [];
  let cursor = null;
  do {
    const url = new URL(path, location.origin);
    url.searchParams.set("limit", 200);
    if (cursor) url.searchParams.set("cursor", cursor);
    const page = await getJson(url.pathname + url.search);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

/** A resource that is read again only when its ETag has changed. */
export class Watched {
  #etag = null;

  constructor(path) {
    this.path = path;
  }

  /** The new document, or null while it is the one read last. */
  async changed() {
    const headers = this.#etag ? { "If-None-Match": this.#etag } : {};
    const response = await request(this.path, { headers });
    if (response.status === 304) return null;
    this.#etag = response.headers.get("ETag");
    return response.json();
  }
}
