// Server-sent events over fetch: an EventSource cannot send the Authorization header.

import { Problem, request } from "/static/api.js";
import { say } from "/static/page.js";

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;
const LOST = "The live connection is lost; reconnecting …";
const ENDED = ["succeeded", "failed", "cancelled"];

/**
 * Call `onEvent({ id, event, data })` for each event of a stream, the oldest first, and `onEnd()` after
 * the last one: a job's has one, that of the team's lists has none. What is lost is asked for again
 * from `Last-Event-ID` on, with growing waits, and the page says `lost`. Nothing is held open while
 * nobody looks at the page. `onOpen()` and `onLost()` tell whether events can be relied on.
 * Returns a function that ends it.
 */
export function follow(path, { onEvent, onOpen = () => {}, onLost = () => {}, onEnd = () => {}, after = null, lost = LOST }) {
  let last = after === null ? null : String(after);
  let wait = FIRST_WAIT;
  let connection = null;
  let timer = null;
  let state = null;

  async function connect() {
    const mine = (connection = new AbortController());
    try {
      const headers = last === null ? {} : { "Last-Event-ID": last };
      const response = await request(path, { headers, signal: mine.signal });
      say("events", "");
      onOpen();
      for await (const message of messages(response.body)) {
        wait = FIRST_WAIT;
        if (message.data === "") continue;
        last = message.id;
        const data = JSON.parse(message.data);
        if (message.event === "job.state") state = data.state;
        onEvent({ ...message, data });
      }
      // A service that is being stopped ends its streams too, in the midst of a job.
      if (ENDED.includes(state)) finish();
      else again();
    } catch (error) {
      if (mine.signal.aborted) return;
      if (error instanceof Problem && !error.passing) return finish();
      say("events", lost);
      onLost();
      again();
    }
  }

  function again() {
    // Not all at once: hundreds of pages lose one service at the same moment.
    timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
    wait = Math.min(2 * wait, LONGEST_WAIT);
  }

  function finish() {
    stop();
    onEnd();
  }

  function pause() {
    clearTimeout(timer);
    connection?.abort();
  }

  function look() {
    pause();
    if (!document.hidden) connect();
  }

  function stop() {
    pause();
    say("events", "");
    document.removeEventListener("visibilitychange", look);
    removeEventListener("online", look);
  }

  document.addEventListener("visibilitychange", look);
  addEventListener("online", look);
  look();
  return stop;
}

/** The messages of a stream, comments as one without data (WHATWG HTML, section 9.2.6). */
async function* messages(body) {
  let text = "";
  for await (const chunk of chunks(body.pipeThrough(new TextDecoderStream()))) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    yield* blocks.map(parsed);
  }
}

// Streams are not async iterable in every browser.
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const message = { id: null, event: "message", data: "" };
  for (const line of block.split("\n")) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field in message) message[field] = value;
  }
  return message;
}
