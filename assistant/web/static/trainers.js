/* Behaviour of "For trainers": which view is seen, forms, choices, the two versions of an exercise.
   Like page.js it listens on the document, and writes only how many were chosen or found. */
(() => {
  "use strict";

  const ours = window.peerSupport;
  const root = document.documentElement;
  const VIEWS = ["exercise", "feedback", "course"];
  /* What an address may say of an order, beside place and view. */
  const ORDER = ["topics", "learners", "minutes", "setting", "country", "level", "seed", "part"];
  const shown = {};
  let current = "front";
  let visited = false;
  let wantsFocus = false;

  const place = () => document.getElementById("place-trainers");
  const block = (view, name) => document.getElementById(`trainers-${view}-${name}`);
  const tell = (event, data, view) => ours.send(event, data, `trainers-${view}`);
  const narrow = () => window.matchMedia("(max-width: 759px)").matches;

  function focus(element) {
    if (!element) return;
    element.focus({ preventScroll: true });
    element.scrollIntoView({ block: "start", behavior: "instant" });
  }

  function titled(view) {
    const site = document.title.split(" | ").pop();
    const first = view === "front" ? "#trainers-front h1" : `#trainers-${view} h1`;
    const named = place() && place().querySelector(first);
    const made = view !== "front" && block(view, "form") && (block(view, "made").querySelector(".made-title") || block(view, "form").querySelector("h2.made-title"));
    const words = [made, named].filter(Boolean).map((one) => one.textContent.trim());
    document.title = [...words, site].join(" | ");
  }

  /* ---- views and addresses ---- */

  ours.shows.trainers = (where, push) => {
    const view = VIEWS.includes(where.view) ? where.view : "front";
    /* The browser's own back and forward move the focus too; the first visit leaves it alone. */
    const moved = push || visited;
    visited = true;
    current = view;
    root.dataset.trainers = view;
    titled(view);
    if (view === "front") {
      if (moved) focusHeading(view);
      return;
    }
    const query = new URLSearchParams(window.location.search);
    const said = Object.fromEntries(ORDER.filter((key) => query.get(key)).map((key) => [key, query.get(key)]));
    const address = JSON.stringify(said);
    const loaded = view in shown;
    if (loaded && shown[view] === address) {
      if (moved) focusHeading(view);
      return;
    }
    shown[view] = address;
    wantsFocus = moved && Object.keys(said).length > 0;
    if (moved && !wantsFocus) focusHeading(view);
    /* A form that an order had folded is wanted again where there is none. */
    const fold = loaded && Object.keys(said).length === 0 && block(view, "form").querySelector(".order-form");
    if (fold) fold.open = true;
    tell("select", loaded ? { ...said, loaded: "yes" } : said, view);
  };

  function focusHeading(view) {
    window.scrollTo({ top: 0, behavior: "instant" });
    const heading = document.querySelector(view === "front" ? "#trainers-front h1" : `#trainers-${view}-heading h1`);
    if (heading) heading.focus({ preventScroll: true });
  }

  /* What was made has an address of its own, which the browser can go back to. */
  function keepAddress(view, pushed) {
    const made = block(view, "made").querySelector("[data-address]");
    if (!made) return;
    const address = made.dataset.address;
    const query = new URLSearchParams(address);
    const said = Object.fromEntries(ORDER.filter((key) => query.get(key)).map((key) => [key, query.get(key)]));
    shown[view] = JSON.stringify(said);
    if (current !== view || root.dataset.place !== "trainers") return;
    if (window.location.search === address) return;
    if (pushed) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }

  function unfoldSources(view) {
    if (narrow()) return;
    block(view, "body").querySelectorAll(".source-list").forEach((list) => (list.open = true));
  }

  /* ---- forms ---- */

  const fields = (form) => Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ""));

  const sends = {
    exercise(form) {
      const topics = [...form.querySelectorAll(".boxes input:checked")].map((box) => box.value);
      tell("submit", { ...fields(form), topics: topics.join(",") }, "exercise");
    },
    course(form) {
      const topics = [...form.querySelectorAll(".topic-rows select")].map((one) => one.value);
      const { topic, ...rest } = fields(form);
      tell("submit", { ...rest, topics: topics.filter(Boolean).join(",") }, "course");
    },
    feedback(form) {
      tell("submit", { situation: form.dataset.situation, answer: form.elements.answer.value }, "feedback");
    },
    names(form) {
      const order = JSON.parse(form.dataset.order);
      Object.keys(order).filter((key) => key.startsWith("name:")).forEach((key) => delete order[key]);
      tell("submit", { ...order, ...fields(form) }, "exercise");
    },
  };

  document.addEventListener("submit", (event) => {
    const kind = event.target.dataset.trainersForm;
    if (!kind) return;
    event.preventDefault();
    sends[kind](event.target);
  });

  document.addEventListener("change", (event) => {
    const choice = event.target.closest(".boxes") && event.target.closest(".topic-choice");
    if (choice) chosen(choice, event.target);
    if (event.target.id === "situation-topic") narrowed(document.getElementById("situation-list"));
  });

  /* Chips over the list say what is chosen, and take it out again. */
  function chosen(choice, box) {
    const boxes = [...choice.querySelectorAll(".boxes input:checked")];
    const most = Number(choice.dataset.most);
    const line = choice.querySelector(".said");
    line.textContent = "";
    if (boxes.length > most) {
      box.checked = false;
      line.textContent = line.dataset.many;
      return;
    }
    const chip = choice.querySelector(`[data-chip="${box.value}"]`);
    chip.parentElement.hidden = !box.checked;
  }

  document.addEventListener("input", (event) => {
    const list = event.target.dataset.filter && document.getElementById(event.target.dataset.filter);
    if (list) narrowed(list, event.target.value);
  });

  function narrowed(list) {
    const find = document.querySelector(`[data-filter="${list.id}"]`);
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const topic = list.id === "situation-list" ? document.getElementById("situation-topic").value : "";
    let count = 0;
    [...list.children].forEach((row) => {
      const about = !topic || row.dataset.topics.split(" ").includes(topic);
      row.hidden = !(about && words.every((word) => row.dataset.findIn.includes(word)));
      if (!row.hidden) count += 1;
    });
    const none = list.parentElement.querySelector("[data-none]");
    if (none) none.hidden = count > 0;
    const line = list.parentElement.querySelector(".count-line");
    if (line) {
      const { zero, one, many } = line.dataset;
      line.textContent = count === 0 ? zero : count === 1 ? one : many.replace("[n]", count);
    }
  }

  /* ---- what is tapped ---- */

  const switchTo = (button) => {
    const body = block("exercise", "body");
    body.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
    button.parentElement.querySelectorAll("[data-version]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    body.querySelectorAll("article").forEach((one) => (one.hidden = one.id !== `version-${button.dataset.version}`));
  };

  Object.assign(ours.actions, {
    "[data-version]": switchTo,
    "[data-chip]": (button) => {
      const choice = button.closest(".topic-choice");
      const box = document.getElementById(`topic-${button.dataset.chip}`);
      box.checked = false;
      button.parentElement.hidden = true;
      choice.querySelector(".said").textContent = "";
      const next = choice.querySelector(".chips li:not([hidden]) button") || document.getElementById("topic-find");
      next.focus();
    },
    "[data-take]": (button) => {
      const order = JSON.parse(button.dataset.order);
      tell("download", { ...order, form: button.dataset.take }, button.dataset.takeFrom);
    },
    "[data-order-for]": (button) => tell("submit", JSON.parse(button.dataset.order), button.dataset.orderFor),
    "[data-read-again]": (button) => tell("submit", JSON.parse(button.dataset.readAgain), "feedback"),
    "[data-to-line]": (button) => focus(document.getElementById(button.dataset.toLine)),
    "[data-more-topics]": (button) => {
      const rows = button.closest(".topic-choice").querySelectorAll(".topic-rows > li[hidden]");
      if (rows.length) {
        rows[0].hidden = false;
        rows[0].querySelector("select").focus();
      }
      button.hidden = rows.length <= 1;
    },
    "[data-move-up]": (button) => {
      const row = button.closest("li");
      const [here, above] = [row, row.previousElementSibling].map((one) => one.querySelector("select"));
      [here.value, above.value] = [above.value, here.value];
      (row.previousElementSibling.querySelector("[data-move-up]") || above).focus();
    },
    /* An exercise of a course, in the builder. */
    "[data-open-made]": (link) => {
      history.pushState(null, "", link.getAttribute("href"));
      ours.shows.trainers({ view: "exercise" }, true);
    },
  });

  /* ---- what the page calls ---- */

  Object.assign(ours, {
    trainersOpened() {
      if (!VIEWS.includes(current)) return;
      keepAddress(current, false);
      unfoldSources(current);
      titled(current);
      if (!wantsFocus) return;
      wantsFocus = false;
      focus(block(current, "made").querySelector("[tabindex='-1']") || block(current, "form").querySelector("[tabindex='-1']"));
    },
    trainersMade() {
      if (!VIEWS.includes(current)) return;
      keepAddress(current, true);
      unfoldSources(current);
      titled(current);
      focus(block(current, "made").querySelector("[tabindex='-1']"));
    },
    trainersTaken() {
      ours.downloaded();
    },
  });
})();
