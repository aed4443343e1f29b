// What happens to a job, in words, the newest first.

import { valuesText } from "/static/cells.js";
import { element, words } from "/static/page.js";

const MOST = 100;

/** Put an event of the stream on top of a list. */
export function log(list, { event, data }) {
  const at = new Date(data.at);
  list.prepend(
    element("li", {}, [
      element("time", { datetime: data.at, text: at.toLocaleTimeString(), title: at.toLocaleString() }),
      element("span", { text: sentence(event, data) }),
    ]),
  );
  while (list.children.length > MOST) list.lastElementChild.remove();
}

function sentence(event, data) {
  const why = data.reason ? ` (${words(data.reason)})` : "";
  switch (event) {
    case "job.state":
      return `The job is ${words(data.state)}${why}.`;
    case "trial.state": {
      const values = valuesText(data.values ?? {});
      return `Trial ${data.number} is ${words(data.state)}${why}${values && `: ${values}`}.`;
    }
    case "trial.report":
      return `Trial ${data.number}, epoch ${data.training_epoch}: ${valuesText({ accuracy: data.accuracy })}.`;
    case "front.changed":
      return `The front has ${data.front_size} models, hypervolume ${data.hypervolume.toPrecision(5)}.`;
    default:
      return event;
  }
}
