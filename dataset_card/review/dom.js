// Elements. What comes from a log becomes text nodes only; names of tags and attributes are ours.

/** An element with attributes, listeners (`onclick`: …) and children; null children are left out. */
function el(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

function byId(id) {
  return document.getElementById(id);
}

function number(count) {
  return count.toLocaleString("en-US");
}

function counted(count, one, more = one + "s") {
  return `${number(count)} ${count === 1 ? one : more}`;
}

function words(name) {
  return name.replaceAll("_", " ");
}

function badge(kind, ...content) {
  return el("span", { class: "badge " + kind }, ...content);
}

/** Tell those who do not see it what has happened. */
function say(sentence) {
  byId("status").textContent = sentence;
}

const PLACEHOLDER = /<(?:SECRET:[A-Za-z0-9_]+|EMAIL|IP|PHONE|HOST|NAME):\d+>|\[image\]/g;

/** A text as nodes, with what stands for something redacted highlighted. */
function marked(text) {
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    nodes.push(el("mark", { title: "redacted" }, match[0]));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}

const LINES = 14;
const SIGNS = 1400;

/** A text as a block; a long one is folded, and unfolds on demand. */
function longText(text, kind, lines = LINES) {
  const all = text.split("\n");
  const box = el("pre", { class: "text " + kind });
  if (all.length <= lines + 3 && text.length <= SIGNS * 1.3) {
    box.append(...marked(text));
    return box;
  }
  const short = all.slice(0, lines).join("\n").slice(0, SIGNS);
  const rest = all.length - short.split("\n").length;
  const left = text.length - short.length;
  const more = rest > 0 ? counted(rest, "more line") : counted(left, "more character");
  const button = el("button", { type: "button", class: "fold", "aria-expanded": "false" });
  const show = (open) => {
    box.replaceChildren(...marked(open ? text : short + " …"));
    button.setAttribute("aria-expanded", String(open));
    button.textContent = open ? "Show less" : "Show " + more;
  };
  button.addEventListener("click", () => show(button.getAttribute("aria-expanded") === "false"));
  show(false);
  return el("div", { class: "folded" }, box, button);
}
