// An architecture part by part, with what each gives on and costs.

import { count, element, words } from "/static/page.js";

/** Fill a list with the parts of a trial or model. */
export function drawParts(list, { parts, architecture }) {
  const most = Math.max(1, ...parts.map(({ params }) => params));
  list.replaceChildren(
    ...parts.map(({ part, output, params, macs }) => {
      const share = element("i", { style: `width: ${(100 * params) / most}%` });
      return element("li", {}, [
        element("b", { text: part }),
        element("div", { text: about(part, architecture) }),
        element("div", { text: output ? `${output.channels} × ${output.height} × ${output.width}` : `${architecture.classes} classes` }),
        element("div", { classes: "hint", text: `${count(params)} params` }),
        element("div", { classes: "hint", text: `${count(macs)} MACs` }),
        element("div", { classes: "share", "aria-hidden": "true" }, [share]),
      ]);
    }),
  );
}

function about(part, { stem, stages, head }) {
  if (part === "stem") return `${stem.kernel} × ${stem.kernel} convolution, stride ${stem.stride}`;
  if (part === "head") return head.ranks ? `${head.kind}, ranks ${head.ranks.join(" × ")}` : head.kind;
  const { block, depth, kernel, expansion, stride, squeeze_excite: gate } = stages[Number(part.replace("stage", "")) - 1];
  const said = [`${depth} × ${words(block)}`, `kernel ${kernel}`, `stride ${stride}`];
  if (expansion > 1) said.push(`expansion ${expansion}`);
  if (gate) said.push("squeeze-excite");
  return said.join(", ");
}
