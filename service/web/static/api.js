// The public API as a page sees it: one token for this tab, and answers that say if they changed.

const TOKEN = "tclsearch-token";

export class Problem extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export const token = {
  read: () => sessionStorage.getItem(TOKEN),
  keep: (text) => sessionStorage.setItem(TOKEN, text),
  forget: () => sessionStorage.removeItem(TOKEN),
};

/** The response to GET `path`; raises Problem for an error, or for no answer with status 0. */
export async function get(path, { etag = null, bearer = token.read() } = {}) {
  const headers = { Authorization: `Bearer ${bearer}` };
  if (etag) headers["If-None-Match"] = etag;
  let response;
  try {
    response = await fetch(path, { headers, cache: "no-store" });
  } catch {
    throw new Problem(0, "The service does not answer. Is it running?");
  }
  if (response.ok || response.status === 304) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Problem(response.status, problem.detail ?? `Status ${response.status}`);
}

export async function getJson(path) {
  return (await get(path)).json();
}

/** A resource that is read again only when its ETag has changed. */
export class Watched {
  #etag = null;

  constructor(path) {
    this.path = path;
  }

  /** The new document, or null while it is the one read last. */
  async changed() {
    const response = await get(this.path, { etag: this.#etag });
    if (response.status === 304) return null;
    this.#etag = response.headers.get("ETag");
    return response.json();
  }
}
