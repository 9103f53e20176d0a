// One trajectory: its rows, one at a time, step by step.

const AT_ONCE = 80;
let opened = null; // { entry, content, row, drawing }

async function openTrajectory(entry, row = 0) {
  const detail = byId("detail");
  const wanted = { entry, content: null, row, drawing: 0 };
  opened = wanted;
  detail.replaceChildren(el("p", { class: "muted" }, "Reading…"));
  wanted.content = await unpack(entry.block);
  const needed = wanted.content.steps.filter((step) => step.text < 0).map((step) => -1 - step.text);
  wanted.shared = new Map(await Promise.all([...new Set(needed)].map(
    async (at) => [at, await sharedText(at)])));
  if (opened !== wanted) return; // another one was opened meanwhile
  detail.replaceChildren(head(entry), el("div", { id: "row" }));
  showRow(row);
  detail.scrollTop = 0;
}

function head(entry) {
  const facts = [
    ["harness", entry.harness], ["model", entry.model], ["outcome", entry.outcome],
    ["split", entry.split], ["started", entry.started], ["project", entry.project],
    ["session", entry.session], ["trajectory", entry.id],
  ].filter(([, value]) => value);
  return el("div", { class: "headline" },
    el("a", { href: "#trajectories", class: "back" }, "‹ Trajectories"),
    el("h2", { id: "detail-title", tabindex: "-1" }, ...marked(entry.title)),
    el("div", { class: "actions" },
      markButton(entry.id, "keep", "Keep", "y"), markButton(entry.id, "exclude", "Exclude", "x")),
    el("dl", { class: "facts" }, facts.map(([name, value]) =>
      el("div", {}, el("dt", {}, name), el("dd", {}, value))),
      entry.parent ? el("div", {}, el("dt", {}, "part of"), el("dd", {},
        el("a", { href: "#t/" + encodeURIComponent(entry.parent) }, entry.parent))) : null),
    rowChoice());
}

function markButton(id, mark, label, key) {
  return el("button", {
    type: "button", class: "mark " + mark, "data-mark-of": mark, "aria-keyshortcuts": key,
    "aria-pressed": String(marks.get(id) === mark), onclick: () => toggleMark(id, mark),
  }, label);
}

function refreshMarkButtons() {
  for (const button of document.querySelectorAll("[data-mark-of]")) {
    button.setAttribute("aria-pressed",
      String(opened && marks.get(opened.entry.id) === button.dataset.markOf));
  }
}

/** The rows of a trajectory as a choice, grouped by config. */
function rowChoice() {
  const rows = opened.content.rows;
  const groups = new Map();
  rows.forEach((row, at) => {
    if (!groups.has(row.config)) groups.set(row.config, []);
    groups.get(row.config).push([row, at]);
  });
  const choice = el("select", { id: "row-choice", onchange: () => showRow(Number(choice.value)) },
    [...groups].map(([config, found]) => el("optgroup", { label: config }, found.map(([row, at], i) =>
      el("option", { value: String(at) },
        `${config} ${i + 1} of ${found.length}, ${counted(row.tokens, "token")}`)))));
  return el("div", { class: "rows" },
    el("label", { for: "row-choice" }, "Row"), choice,
    el("button", { type: "button", "aria-label": "Previous row", onclick: () => turnRow(-1) }, "‹"),
    el("button", { type: "button", "aria-label": "Next row", onclick: () => turnRow(1) }, "›"));
}

function turnRow(by) {
  const at = opened.row + by;
  if (at >= 0 && at < opened.content.rows.length) showRow(at);
}

function showRow(at) {
  opened.row = at;
  opened.drawing += 1;
  byId("row-choice").value = String(at);
  const row = opened.content.rows[at];
  const aside = row.config === "preference";
  const parts = row.parts.map((part) => partBox(row, part));
  byId("row").replaceChildren(...[
    el("p", { class: "muted" }, rowSentence(row)),
    row.facts ? el("dl", { class: "facts" }, row.facts.map(([name, value]) =>
      el("div", {}, el("dt", {}, words(name)), el("dd", {}, ...marked(value))))) : null,
    row.tools ? toolsBox(row.tools) : null,
    ...(aside ? [parts[0], el("div", { class: "sides" }, parts.slice(1))] : parts),
  ].filter(Boolean));
}

function rowSentence(row) {
  const says = {
    codeact: "What happened: thoughts, calls and results, with failures and repairs.",
    chat: "The conversation; the trainer learns what is marked as learnt.",
    sft: "The trainer learns the assistant's messages in the completion.",
    error_recovery: "One response of a repair: the failure stands in the prompt.",
    preference: "Two answers to the same prompt.",
    tokenized: "Token ids and labels, made from the same messages.",
  }[row.config] ?? "";
  const [window, windows] = row.window;
  return `${says} ${counted(row.tokens, "token")}` +
    (windows > 1 ? `, window ${window} of ${windows}.` : ".") +
    (opened.content.rows.every(({ config }) => config === "codeact")
      ? " Nothing of this trajectory is learnt: it is in no other config." : "");
}

function toolsBox(tools) {
  const list = el("div", {});
  const box = el("details", { class: "tools" },
    el("summary", {}, counted(tools.length, "tool schema")), list);
  box.addEventListener("toggle", async () => {
    const texts = await Promise.all(tools.map((at) => sharedText(-1 - at)));
    list.replaceChildren(...texts.map((text) => longText(text, "code", 6)));
  }, { once: true });
  return box;
}

/** A part of a row: a prompt is folded, and drawn when it is opened. */
function partBox(row, part) {
  const list = el("ol", { class: "steps" });
  const title = `${part.name[0].toUpperCase()}${part.name.slice(1)}`;
  const draw = () => drawSteps(row, part, list);
  if (!part.folded) {
    draw();
    const heading = row.parts.length > 1 ? el("h3", {}, title) : null;
    return el("section", { class: "part " + part.name.split(",")[0], "aria-label": title }, heading, list);
  }
  const box = el("details", { class: "part" },
    el("summary", {}, `${title}: ${counted(part.at.length, "message")}`), list);
  box.addEventListener("toggle", draw, { once: true });
  return box;
}

/** Draw the steps some at a time, so that the page stays quick. */
function drawSteps(row, part, list) {
  const { content, shared: texts, drawing } = opened;
  const textOf = (at) => (at < 0 ? texts.get(-1 - at) : content.texts[at]);
  const failures = new Map((row.failures ?? []).map((failure) => [failure.index, failure]));
  const spans = row.spans ?? [];
  const links = row.links ?? [];
  const numbered = (found) => found.map((span) => spans.indexOf(span) + 1);
  let at = 0;
  let done;
  opened.drawn = new Promise((resolve) => { done = resolve; });
  const more = () => {
    if (!opened || opened.drawing !== drawing || opened.content !== content) return;
    const until = Math.min(at + AT_ONCE, part.at.length);
    const items = [];
    for (; at < until; at += 1) {
      const place = at + (part.start ?? 0);
      items.push(stepItem(content.steps[part.at[at]], textOf, {
        number: place + 1,
        learnt: part.learnt?.[at] ?? null,
        failure: failures.get(place),
        begins: numbered(spans.filter(([start]) => start === place)),
        ends: numbered(spans.filter(([, end]) => end === place)),
        inside: spans.some(([start, end]) => start <= place && place <= end),
        repaired: row.config === "error_recovery" ? "repair" : "repair done",
        links: links.filter(([entry]) => entry === place).map(([, to, what]) => [to, what]),
        openRow: showRow,
      }));
    }
    list.append(...items);
    if (at < part.at.length) requestAnimationFrame(more);
    else done();
  };
  more();
}

/** Move to the next or previous failure or repair, also in other windows of the same config. */
async function jump(by) {
  const places = [...byId("row").querySelectorAll("[data-mark]")];
  const now = places.indexOf(document.activeElement);
  let place = now < 0 ? places.at(by > 0 ? 0 : -1) : places[now + by];
  if (!place) {
    const { rows } = opened.content;
    let at = opened.row + by;
    while (rows[at] && !(rows[at].config === rows[opened.row].config && hasMarks(rows[at]))) at += by;
    if (!rows[at]) return say("No further failure or repair");
    showRow(at);
    await opened.drawn;
    place = [...byId("row").querySelectorAll("[data-mark]")].at(by > 0 ? 0 : -1);
  }
  place?.focus({ preventScroll: true });
  place?.scrollIntoView({ block: "center" });
}

function hasMarks(row) {
  return (row.failures ?? []).length + (row.spans ?? []).length > 0;
}
