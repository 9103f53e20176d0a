// The list of trajectories: search, filters, and one page of it at a time.

const PER_PAGE = 50;
const CHOICES = [
  // label, values of an entry
  ["Harness", (entry) => [entry.harness]],
  ["Model", (entry) => [entry.model ?? "unknown"]],
  ["Outcome", (entry) => [entry.outcome ?? "unknown"]],
  ["Split", (entry) => [entry.split]],
  ["Failure", (entry) => Object.keys(entry.failures ?? {})],
  ["Recovery", (entry) => [entry.recovered ? "has a recovery" : "has none"]],
  ["Config", (entry) => Object.keys(entry.rows)],
  ["Project", (entry) => [entry.project ?? "unknown"]],
  ["Mark", (entry) => [{ keep: "kept", exclude: "excluded" }[marks.get(entry.id)] ?? "unmarked"]],
];
const SORTS = {
  "newest first": (a, b) => (b.started ?? "").localeCompare(a.started ?? ""),
  "oldest first": (a, b) => (a.started ?? "9").localeCompare(b.started ?? "9"),
  "longest first": (a, b) => (b.tokens ?? 0) - (a.tokens ?? 0),
  "most failures first": (a, b) => failuresOf(b) - failuresOf(a),
};
let entries = [];
let found = [];
let pageAt = 0;

function failuresOf(entry) {
  return Object.values(entry.failures ?? {}).reduce((sum, count) => sum + count, 0);
}

function setEntries(all) {
  entries = all;
  for (const entry of entries) {
    entry.searched = [entry.title, entry.id, entry.session, entry.project, entry.model,
      entry.harness].join("\n").toLowerCase();
  }
  byId("filters").replaceChildren(
    el("label", { for: "search", class: "unseen" }, "Search titles, projects, sessions"),
    el("input", {
      id: "search", type: "search", placeholder: "Search titles, projects, sessions",
      autocomplete: "off", "aria-keyshortcuts": "/", oninput: refind,
    }),
    el("details", { id: "choices" },
      el("summary", {}, "Filters", el("span", { id: "active" })),
      el("div", { class: "choices" },
        CHOICES.map(([label, valuesOf]) => choice(label, valuesOf)), sortChoice()),
      el("button", { type: "button", class: "link", onclick: clearFilters }, "Clear all")),
    el("p", { id: "found", class: "muted" }));
  refind();
}

function choice(label, valuesOf) {
  const counts = new Map();
  for (const entry of entries) {
    for (const value of valuesOf(entry)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const id = "choice-" + label.toLowerCase();
  const values = label === "Mark" ? [["unmarked"], ["kept"], ["excluded"]] :
    [...counts].sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
  return el("div", {}, el("label", { for: id }, label),
    el("select", { id, onchange: refind, "data-choice": label },
      el("option", { value: "" }, "any"),
      values.map(([value, count]) => el("option", { value: "=" + value },
        words(value) + (count === undefined ? "" : ` (${number(count)})`)))));
}

function sortChoice() {
  return el("div", {}, el("label", { for: "sort" }, "Order"),
    el("select", { id: "sort", onchange: refind },
      Object.keys(SORTS).map((name) => el("option", {}, name))));
}

function clearFilters() {
  for (const select of document.querySelectorAll("[data-choice]")) select.value = "";
  byId("search").value = "";
  refind();
}

/** Look again for what the search and the filters let through. */
function refind() {
  const asked = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const tests = [];
  for (const [label, valuesOf] of CHOICES) {
    const value = byId("choice-" + label.toLowerCase()).value;
    if (value) tests.push((entry) => valuesOf(entry).includes(value.slice(1)));
  }
  found = entries.filter((entry) => asked.every((word) => entry.searched.includes(word)) &&
    tests.every((test) => test(entry)));
  found.sort(SORTS[byId("sort").value]);
  byId("active").textContent = tests.length ? ` (${tests.length} set)` : "";
  byId("found").textContent = found.length === entries.length
    ? counted(entries.length, "trajectory", "trajectories")
    : `${number(found.length)} of ${counted(entries.length, "trajectory", "trajectories")}`;
  say(byId("found").textContent);
  showPage(0);
}

function showPage(at) {
  pageAt = Math.max(0, Math.min(at, Math.ceil(found.length / PER_PAGE) - 1));
  const from = pageAt * PER_PAGE;
  const part = found.slice(from, from + PER_PAGE);
  byId("list").replaceChildren(...part.map(item));
  byId("list").setAttribute("start", String(from + 1));
  byId("list").scrollTop = 0;
  byId("pages").replaceChildren(...(found.length > PER_PAGE ? [
    el("button", { type: "button", disabled: !pageAt, onclick: () => showPage(pageAt - 1) },
      "‹ Previous"),
    el("span", {}, `${number(from + 1)}–${number(from + part.length)}`),
    el("button", {
      type: "button", disabled: from + PER_PAGE >= found.length,
      onclick: () => showPage(pageAt + 1),
    }, "Next ›"),
  ] : []));
}

function item(entry) {
  const failures = failuresOf(entry);
  const mark = marks.get(entry.id);
  const known = entry.outcome === "success" || entry.outcome === "failure";
  const badges = [
    mark === "exclude" ? badge("fails", "excluded") : null,
    mark === "keep" ? badge("repairs", "kept") : null,
    known ? badge(entry.outcome === "failure" ? "fails" : "repairs", entry.outcome) : null,
    failures ? badge("", counted(failures, "failure")) : null,
    entry.recovered ? badge("repairs", "recovery") : null,
    entry.rows.preference ? badge("", counted(entry.rows.preference, "pair")) : null,
  ].filter(Boolean);
  return el("li", { class: mark === "exclude" ? "excluded" : null },
    el("a", {
      href: "#t/" + encodeURIComponent(entry.id), "data-id": entry.id,
      "aria-current": opened?.entry.id === entry.id ? "true" : null,
    },
      el("span", { class: "title" }, ...marked(entry.title)),
      el("span", { class: "about" }, [entry.harness, entry.model,
        entry.started?.slice(0, 10), counted(entry.tokens ?? 0, "token")]
        .filter(Boolean).join(" · ")),
      badges.length ? el("span", { class: "badges" }, badges) : null));
}

/** Draw one entry of the list anew, where it is on the page. */
function refreshItem(id) {
  for (const link of byId("list").querySelectorAll("a")) {
    if (link.dataset.id !== id) continue;
    const focused = link === document.activeElement;
    const fresh = item(entries.find((entry) => entry.id === id));
    link.parentElement.replaceWith(fresh);
    if (focused) fresh.firstChild.focus();
  }
}

function showCurrent() {
  for (const link of byId("list").querySelectorAll("a")) {
    if (link.dataset.id === opened?.entry.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

/** Move the focus in the list, onto the next or previous page where it ends. */
function moveFocus(by) {
  const links = [...byId("list").querySelectorAll("a")];
  const now = links.indexOf(document.activeElement);
  const current = links.findIndex((link) => link.hasAttribute("aria-current"));
  const next = now >= 0 ? now + by : Math.max(0, current);
  if (next >= links.length && (pageAt + 1) * PER_PAGE < found.length) {
    showPage(pageAt + 1);
    byId("list").querySelector("a").focus();
  } else if (next < 0 && pageAt > 0) {
    showPage(pageAt - 1);
    [...byId("list").querySelectorAll("a")].at(-1).focus();
  } else {
    links[Math.max(0, Math.min(next, links.length - 1))]?.focus();
  }
}
