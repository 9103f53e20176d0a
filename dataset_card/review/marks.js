// What a person marks: trajectories to keep and to exclude, and the list for the recipe.

const MARKS_KEY = "trajset-review:" + location.pathname;
let marksStay = true;
let marks = loadMarks();

function loadMarks() {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(MARKS_KEY) ?? "{}")));
  } catch {
    marksStay = false;
    return new Map();
  }
}

/** Set the mark of a trajectory ("keep", "exclude"), or take it away where it is set already. */
function toggleMark(id, mark) {
  if (marks.get(id) === mark) marks.delete(id);
  else marks.set(id, mark);
  try {
    localStorage.setItem(MARKS_KEY, JSON.stringify(Object.fromEntries(marks)));
  } catch {
    marksStay = false;
  }
  const now = marks.get(id);
  say(now ? (now === "keep" ? "Kept" : "Excluded") : "Mark removed");
  document.dispatchEvent(new CustomEvent("marked", { detail: id }));
}

function markedAs(mark) {
  return [...marks].filter(([, found]) => found === mark).map(([id]) => id);
}

/** The part of a recipe that leaves out what is marked, and what the build left out before. */
function recipeText(before) {
  const ids = [...new Set([...before, ...markedAs("exclude")])].sort();
  if (!ids.length) return "";
  return "plan:\n  exclude:\n" + ids.map((id) => `    - ${JSON.stringify(id)}\n`).join("");
}

function showMarks(before, entries) {
  const text = recipeText(before);
  const excluded = new Set(markedAs("exclude"));
  const box = el("textarea", {
    id: "recipe", readonly: true, rows: Math.min(16, text.split("\n").length + 1),
    "aria-label": "Recipe", spellcheck: "false",
  });
  box.value = text;
  const listed = entries.filter((entry) => excluded.has(entry.id));
  byId("marks").replaceChildren(
    el("div", { class: "page" },
      el("h2", {}, "Exclude list"),
      el("p", {}, `${counted(excluded.size, "trajectory", "trajectories")} marked for exclusion, ` +
        `${number(markedAs("keep").length)} marked as kept` +
        (before.length ? `; ${number(before.length)} left out by the recipe of this build.` : ".")),
      marksStay ? null : el("p", { class: "notice" },
        "This browser does not store marks for this page: copy the list before you close it."),
      text ? el("p", {}, "Put this into your recipe and build again:") :
        el("p", {}, "Nothing is marked. Open a trajectory and press ", el("kbd", {}, "x"), "."),
      text ? box : null,
      text ? el("p", { class: "actions" },
        el("button", { type: "button", class: "primary", onclick: () => copyText(box) }, "Copy"),
        el("button", { type: "button", onclick: () => download("exclude.yaml", text) }, "Download"),
      ) : null,
      listed.length ? el("h3", {}, "Marked for exclusion") : null,
      listed.length ? el("ul", { class: "marked" }, listed.map((entry) => el("li", {},
        el("a", { href: "#t/" + encodeURIComponent(entry.id) }, entry.title),
        el("button", {
          type: "button", "aria-label": "Take back: " + entry.title,
          onclick: () => toggleMark(entry.id, "exclude"),
        }, "Take back"),
      ))) : null,
    ),
  );
}

async function copyText(box) {
  try {
    await navigator.clipboard.writeText(box.value);
  } catch {
    box.select();
    document.execCommand("copy");
  }
  say("Copied");
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
