// One step: a message of a conversation, or an entry of thought, action and observation.

const ROLES = {
  system: "System", user: "User", assistant: "Assistant", tool: "Result",
  thought: "Thought", action: "Call", observation: "Result", response: "Answer",
};

/**
 * A step as a list item.
 *
 * about: { number, learnt: true | false | null, failure, begins: [span…], ends: [span…], inside,
 *          links: [[row, what]…], repaired, openRow }
 */
function stepItem(step, textOf, about) {
  const { learnt, failure } = about;
  const role = ROLES[step.role] ?? step.role;
  const kinds = ["step", ROLES[step.role] ? step.role : "", learnt ? "learnt" : "",
    failure ? "failed" : "", about.inside ? "inside" : ""];
  const name = step.name ? [" of ", el("code", {}, step.name)] : [];
  return el("li", { class: kinds.filter(Boolean).join(" "), tabindex: "-1", "data-mark":
    failure || about.begins.length || about.ends.length ? "yes" : null },
    el("div", { class: "head" },
      el("span", { class: "role" }, role, name),
      el("span", { class: "at", "aria-label": "step " + about.number }, String(about.number)),
      learnt === true ? badge("learns", "learnt") : null,
      learnt === false ? badge("", "not learnt") : null,
      failure ? badge("fails", "failed: " + words(failure.category)) : null,
      about.begins.map((span) => badge("repairs", `repair ${span} from here`)),
      about.ends.map((span) => badge("repairs", about.repaired.replace("repair", "repair " + span))),
      about.links.map(([row, what]) => el("button", {
        type: "button", class: "link", onclick: () => about.openRow(row),
      }, { repair: "repair row", chosen: "chosen in a pair", rejected: "rejected in a pair" }[what])),
    ),
    failure ? el("p", { class: "why" }, failure.why,
      failure.recovered ? " It was repaired." : " It was not repaired.") : null,
    step.reasoning === undefined ? null : el("div", { class: "reasoning" },
      el("span", { class: "label" }, "Reasoning"), longText(textOf(step.reasoning), "", 20)),
    step.text === undefined ? null : longText(textOf(step.text), textKind(step), textLines(step)),
    step.text === undefined && step.reasoning === undefined && !step.calls
      ? el("p", { class: "muted" }, "(empty)") : null,
    (step.calls ?? []).map(([tool, parts]) => callBox(tool, parts, textOf)),
  );
}

function textKind(step) {
  return ["tool", "observation", "system"].includes(step.role) ? "code" : "prose";
}

function textLines(step) {
  return ["tool", "observation", "system"].includes(step.role) ? 10 : 40;
}

function callBox(tool, parts, textOf) {
  return el("div", { class: "call" },
    el("div", { class: "tool" }, el("span", { class: "label" }, "Call"), el("code", {}, tool)),
    parts.length ? el("dl", {}, parts.map(([name, text, json]) => [
      el("dt", {}, name || "input"),
      el("dd", {}, longText(textOf(text), json ? "code json" : "code", 24)),
    ])) : el("p", { class: "muted" }, "no arguments"));
}
