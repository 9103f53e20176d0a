// Where one is (the part of the address after #), and the keyboard.

let about = null;

function show(place) {
  for (const id of ["overview", "browse", "marks"]) byId(id).hidden = id !== place;
  for (const [link, id] of [["to-overview", "overview"], ["to-list", "browse"], ["to-marks", "marks"]]) {
    if (id === place) byId(link).setAttribute("aria-current", "page");
    else byId(link).removeAttribute("aria-current");
  }
}

async function go() {
  const place = location.hash.slice(1);
  if (place.startsWith("t/")) {
    const id = decodeURIComponent(place.slice(2));
    const entry = entries.find((one) => one.id === id);
    show("browse");
    document.body.classList.add("reading");
    if (!entry) {
      opened = null;
      byId("detail").replaceChildren(el("div", { class: "empty" },
        el("a", { href: "#trajectories", class: "back" }, "‹ Trajectories"),
        el("p", {}, "This trajectory is not on this page.")));
      return;
    }
    if (opened?.entry !== entry) await openTrajectory(entry);
    showCurrent();
    byId("detail-title")?.focus({ preventScroll: true });
    return;
  }
  document.body.classList.remove("reading");
  if (place === "trajectories") {
    show("browse");
    if (!opened) {
      byId("detail").replaceChildren(el("p", { class: "empty" }, "Choose a trajectory."));
    }
  } else if (place === "marks") {
    show("marks");
    showMarks(about.excluded, entries);
  } else {
    show("overview");
  }
}

function backToList() {
  if (!location.hash.startsWith("#t/")) return;
  const id = opened?.entry.id;
  location.hash = "#trajectories";
  requestAnimationFrame(() => {
    const links = [...byId("list").querySelectorAll("a")];
    (links.find((link) => link.dataset.id === id) ?? links[0])?.focus();
  });
}

/** The trajectory that a key is about: the one in focus, else the one that is open. */
function meant() {
  return document.activeElement?.dataset?.id ?? opened?.entry.id;
}

const KEYS = {
  "/": () => {
    location.hash = "#trajectories";
    show("browse");
    document.body.classList.remove("reading");
    byId("search").focus();
  },
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  x: () => meant() && toggleMark(meant(), "exclude"),
  y: () => meant() && toggleMark(meant(), "keep"),
  n: () => opened && jump(1),
  p: () => opened && jump(-1),
  "[": () => opened?.content && turnRow(-1),
  "]": () => opened?.content && turnRow(1),
  "?": () => byId("help").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
  const typing = event.target.closest("input, select, textarea");
  if (event.key === "Escape") {
    if (typing) typing.blur();
    else backToList();
    return;
  }
  if (typing) {
    if (typing.id === "search" && ["ArrowDown", "Enter"].includes(event.key)) {
      event.preventDefault();
      byId("list").querySelector("a")?.focus();
    }
    return;
  }
  const inList = byId("list").contains(document.activeElement);
  const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (arrow && inList) {
    event.preventDefault();
    moveFocus(arrow);
  } else if (KEYS[event.key]) {
    if (["j", "k", "x", "y", "n", "p", "[", "]"].includes(event.key) && byId("browse").hidden) return;
    event.preventDefault();
    KEYS[event.key]();
  }
}

function onMarked(id) {
  refreshItem(id);
  refreshMarkButtons();
  showCount();
  if (!byId("marks").hidden) showMarks(about.excluded, entries);
}

function showCount() {
  const count = markedAs("exclude").length;
  byId("to-marks").textContent = count ? `Exclude list (${number(count)})` : "Exclude list";
}

async function start() {
  const [first, list] = await Promise.all([unpack("overview-data"), unpack("list-data")]);
  about = first;
  document.title = "Review: " + about.name;
  byId("name").textContent = about.name;
  showOverview(about);
  setEntries(list);
  showCount();
  document.addEventListener("keydown", onKey);
  document.addEventListener("marked", (event) => onMarked(event.detail));
  byId("skip").addEventListener("click", () => {
    byId(["overview", "marks"].find((id) => !byId(id).hidden) ?? "search").focus();
  });
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  addEventListener("hashchange", go);
  await go();
  document.body.dataset.ready = "yes";
}

start().catch((error) => {
  byId("notice").hidden = false;
  byId("notice").textContent =
    "The page could not be shown: " + error.message + ". It needs a browser from 2023 or later.";
});
