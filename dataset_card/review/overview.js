// The first page: what the dataset holds, in numbers, plots and tables.

function showOverview(about) {
  const rowless = about.kept - about.shown;
  byId("overview").replaceChildren(
    el("div", { class: "page" },
      el("h2", {}, about.name),
      el("p", { class: "muted" },
        `Made by trajset ${about.version}; counts from ${about.manifest}. ` +
        "This page shows the rows exactly as they would be published."),
      about.redacted ? null : el("p", { class: "notice" },
        "Nothing was redacted in this build (privacy.enabled: false): it cannot be published."),
      about.limited ? el("p", { class: "notice" },
        `Shown here: the first ${number(about.shown)} of ${number(about.kept)} trajectories.`) : null,
      rowless && !about.limited ? el("p", { class: "muted" },
        `${counted(rowless, "kept trajectory has", "kept trajectories have")} no row in any config.`) : null,
      el("dl", { class: "numbers" }, about.numbers.map(([name, count]) =>
        el("div", {}, el("dt", {}, name), el("dd", {}, number(count))))),
      el("p", {}, el("a", { href: "#trajectories", class: "primary" }, "Look at the trajectories")),
      el("h3", {}, "Plots"),
      el("div", { class: "plots" }, about.plots.filter((group) => group.length)
        .map((group) => el("div", {}, group.map(plotImage)))),
      el("h3", {}, "Counts"),
      el("div", { class: "tables" }, about.tables.map(table)),
    ),
  );
}

/** A plot with its own description as its name. */
function plotImage(url) {
  const bytes = Uint8Array.from(atob(url.split(",")[1]), (sign) => sign.charCodeAt(0));
  const drawn = new TextDecoder().decode(bytes);
  const described = drawn.match(/<desc[^>]*>([^<]*)<\/desc>/)?.[1] ?? "plot";
  return el("img", { src: url, alt: described });
}

function table({ title, head, rows }) {
  const kinds = head.map((_, at) => (typeof rows[0][at] === "number" ? "number" : null));
  const cell = (value) => (typeof value === "number" ? number(value) : String(value));
  return el("div", { class: "table", tabindex: "0", role: "region", "aria-label": title },
    el("table", {},
      el("caption", {}, title),
      el("thead", {}, el("tr", {}, head.map((name, at) =>
        el("th", { scope: "col", class: kinds[at] }, name)))),
      el("tbody", {}, rows.map((row) => el("tr", {}, row.map((value, at) => (at
        ? el("td", { class: kinds[at] }, cell(value))
        : el("th", { scope: "row" }, cell(value)))))))));
}
