/* Behaviour that markup alone cannot give: opening sources, moving between places, addresses.
   It listens on the document and writes no content of its own. */
(() => {
  "use strict";

  const root = document.documentElement;
  const PLACES = ["ask", "topics", "library", "documents", "managers", "trainers", "history"];
  const HOME = { topic: "topics", source: "library", document: "documents", history: "ask" };
  /* What an address may say beside the place: a part of a document, words in it, a view. */
  const WHERE = ["span", "part", "view"];
  const PAGES = { topic: "select", source: "input", document: "option_select" };
  const scrolled = {};
  const waiting = {};
  const triggers = {};
  let opener = null;
  let asked = null;
  let moveFocus = false;
  const siteTitle = document.title;
  const language = root.lang;

  /* Gradio puts the language of the browser here; the page is in its own. */
  new MutationObserver(() => {
    if (root.lang !== language) root.lang = language;
  }).observe(root, { attributes: true, attributeFilter: ["lang"] });

  /* To the handlers of a place; what is sent before its channel is there, waits for it. */
  const send = (event, data, channel = "page") =>
    triggers[channel]
      ? triggers[channel](event, data)
      : (waiting[channel] = waiting[channel] || []).push([event, data]);
  const narrow = () => window.matchMedia("(max-width: 759px)").matches;
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  const folds = new Map();
  const turns = () => document.querySelectorAll("#conversation .turn");

  /* ---- sources and help: dialogs, so that Esc and focus work as people expect ---- */

  /* On a narrow screen the places are behind one button. */
  function foldMenu(open) {
    const nav = document.querySelector(".masthead nav");
    if (!nav) return;
    nav.toggleAttribute("data-open", open);
    nav.querySelector("[data-menu]").setAttribute("aria-expanded", String(open));
  }

  function closeAll() {
    foldMenu(false);
    document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close());
  }

  function openCard(button) {
    const dialog = document.getElementById(button.dataset.card);
    if (!dialog) return;
    const again = dialog.open;
    closeAll();
    if (again) return;
    opener = button;
    button.setAttribute("aria-expanded", "true");
    if (narrow()) dialog.showModal();
    else dialog.show();
    dialog.scrollTop = 0;
  }

  function openHelp(button) {
    openDialog(button, document.getElementById("help"));
  }

  /* Something that the server makes for an answer: asked for here, opened when it has come. */
  function fetchFor(button, event, data) {
    asked = button;
    told(button, button.dataset.wait);
    send(event, data, "ask");
  }

  function openFetched(id) {
    const button = asked;
    asked = null;
    if (!button || !button.isConnected) return;
    told(button, "");
    openDialog(button, document.getElementById(id));
  }

  function openDialog(button, dialog) {
    if (!dialog || dialog.open) return;
    closeAll();
    opener = button;
    dialog.showModal();
    dialog.scrollTop = 0;
  }

  document.addEventListener(
    "close",
    (event) => {
      if (event.target.tagName !== "DIALOG" || !opener) return;
      opener.removeAttribute("aria-expanded");
      if (opener.isConnected) opener.focus({ preventScroll: true });
      opener = null;
    },
    true
  );

  document.addEventListener("keydown", (event) => {
    const card = document.querySelector("dialog.card[open]");
    if (event.key === "Escape" && card && !card.matches(":modal")) {
      event.preventDefault();
      card.close();
    }
    const menu = document.querySelector(".masthead nav[data-open] [data-menu]");
    if (event.key === "Escape" && menu) {
      foldMenu(false);
      menu.focus();
    }
    if (event.key === " " && event.target.matches("[data-help]")) {
      event.preventDefault();
      openHelp(event.target);
    }
  });

  /* ---- folds: what a reader opened in an earlier answer stays open when a new one comes ---- */

  document.addEventListener(
    "toggle",
    (event) => {
      const fold = event.target;
      if (fold.tagName === "DETAILS" && fold.id && fold.isConnected) folds.set(fold.id, fold.open);
    },
    true
  );

  /* Runs before the browser paints, so that nothing is seen to close and open again. */
  const keeper = new MutationObserver(() => {
    document.querySelectorAll("#conversation details[id]").forEach((fold) => {
      if (folds.has(fold.id)) fold.open = folds.get(fold.id);
    });
  });

  /* ---- who asks: kept while this tab is open, and nowhere else ---- */

  function foldRole(form, open) {
    form.toggleAttribute("data-open", open);
    form.querySelector("[data-change-role]").setAttribute("aria-expanded", String(open));
  }

  function remembered(role) {
    try {
      if (role) sessionStorage.setItem("role", role);
      return sessionStorage.getItem("role");
    } catch {
      return null;
    }
  }

  /* ---- places and addresses ---- */

  function show(place) {
    scrolled[root.dataset.place] = window.scrollY;
    root.dataset.place = place;
    const home = HOME[place] || place;
    document.querySelectorAll(".masthead nav a").forEach((link) => {
      if (link.dataset.go === `place:${home}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
  }

  /* `where` says which part of a document is meant, and what to mark in it; the list of documents
     is asked for again unless it has just come. */
  function go(target, push, where = {}, fresh = true) {
    const [kind, name] = [target.slice(0, target.indexOf(":")), target.slice(target.indexOf(":") + 1)];
    closeAll();
    const place = kind === "place" ? name : kind;
    show(place);
    const query = new URLSearchParams({ [kind]: name, ...where });
    if (push) history.pushState(null, "", `?${query}`);
    moveFocus = push;
    if (kind in PAGES) {
      root.dataset.opening = "yes";
      send(PAGES[kind], { [kind]: name, ...where });
    } else settle(scrolled[place] || 0);
    if (place === "documents" && fresh) send("tick", {});
    /* A place that has views of its own is told which one is meant. */
    if (kind === "place" && ours.shows[place]) ours.shows[place](where, push);
  }

  /* At a desk the list of sources lies open beside the text; on a phone it is folded. */
  function unfoldSources() {
    if (narrow()) return;
    document.querySelectorAll(".source-list:not([open])").forEach((list) => {
      if (!folds.has(list.id)) list.open = true;
    });
  }

  function settle(top) {
    unfoldSources();
    delete root.dataset.opening;
    const heading = document.querySelector(`#place-${root.dataset.place} h1`);
    const link = document.querySelector(".masthead nav a[aria-current]");
    const named = heading || link;
    const words = named && root.dataset.place !== "ask" ? named.textContent : "";
    document.title = words ? `${words} | ${siteTitle}` : siteTitle;
    const here = document.querySelector(`#place-${root.dataset.place} [data-here]`);
    if (here) {
      here.scrollIntoView({ block: "start", behavior: "instant" });
      here.focus({ preventScroll: true });
      moveFocus = true;
      return;
    }
    window.scrollTo({ top, behavior: "instant" });
    if (moveFocus && heading && heading.offsetWidth > 1) heading.focus({ preventScroll: true });
    moveFocus = true;
  }

  function follow() {
    const query = new URLSearchParams(window.location.search);
    const place = query.get("place");
    if (query.get("topic")) go(`topic:${query.get("topic")}`, false);
    else if (query.get("source")) go(`source:${query.get("source")}`, false);
    else if (query.get("document")) go(`document:${query.get("document")}`, false, wherein(query));
    else go(`place:${PLACES.includes(place) ? place : "ask"}`, false, wherein(query));
    if (query.get("help")) openHelp(document.querySelector("[data-help]"));
  }

  function wherein(query) {
    const found = WHERE.filter((name) => query.get(name));
    return Object.fromEntries(found.map((name) => [name, query.get(name)]));
  }

  window.addEventListener("popstate", follow);

  /* ---- one listener for everything that is tapped ---- */

  const actions = {
    "[data-card]": (element) => openCard(element),
    "[data-close]": (element) => element.closest("dialog").close(),
    "[data-help]": (element) => openHelp(element),
    "[data-go]": (element) => {
      const found = WHERE.filter((name) => element.dataset[name]);
      go(element.dataset.go, true, Object.fromEntries(found.map((name) => [name, element.dataset[name]])));
    },
    "[data-ask]": (element) => {
      if (root.dataset.place !== "ask") go("place:ask", true);
      send("submit", { question: element.dataset.ask });
    },
    "[data-menu]": (element) => foldMenu(element.getAttribute("aria-expanded") !== "true"),
    "[data-change-role]": (element) => {
      const form = element.closest("form");
      foldRole(form, !form.hasAttribute("data-open"));
      if (form.hasAttribute("data-open")) form.querySelector(":checked").focus();
    },
    "[data-change]": () => send("edit", {}, "ask"),
    "[data-leave]": () => send("undo", {}, "ask"),
    "[data-again]": () => send("retry", {}, "ask"),
    "[data-safe]": () => send("select", {}, "ask"),
    "[data-why]": (element) => fetchFor(element, "expand", { turn: element.dataset.why }),
    "[data-rate]": (element) => fetchFor(element, "like", { turn: element.dataset.rate }),
    "[data-save]": (element) =>
      fetchFor(element, "download", { form: element.dataset.save, what: element.dataset.what }),
    "[data-more]": (element) => window.peerSupport.more(element.dataset.more),
    "[data-print]": () => window.print(),
    /* The same place in the other language. */
    "[data-language]": (element) => location.assign(element.href + location.search),
    "[data-copy]": (element) => copy(element),
    "[data-skip]": () => {
      const place = document.getElementById(`place-${root.dataset.place}`);
      const found = place ? [...place.querySelectorAll("h1, h2")] : [];
      const first = found.find((heading) => heading.offsetWidth > 1);
      if (first) first.focus();
    },
  };

  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog[open]")) return event.target.close();
    if (!event.target.closest(".masthead nav")) foldMenu(false);
    for (const [selector, act] of Object.entries(actions)) {
      const element = event.target.closest(selector);
      if (!element) continue;
      if (element.tagName === "A" && (event.metaKey || event.ctrlKey || event.shiftKey)) return;
      event.preventDefault();
      act(element);
      return;
    }
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-rating]")) return;
    event.preventDefault();
    send("apply", Object.fromEntries(new FormData(event.target)), "ask");
  });

  async function copy(button) {
    const text = document.getElementById(button.dataset.copy).textContent;
    /* Without a safe address the browser lets nobody write there. */
    const done = await navigator.clipboard?.writeText(text).then(() => true, () => false);
    told(button, done ? button.dataset.done : button.dataset.failed);
    setTimeout(() => told(button, ""), 2500);
  }

  /* One quiet line beside the tools of an answer, which screen readers hear. */
  function told(button, words) {
    button.closest(".tools").querySelector(".done").textContent = words;
  }

  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".answer details:not([open])").forEach((fold) => {
      fold.open = true;
      fold.dataset.printed = "yes";
    });
  });
  window.addEventListener("afterprint", () => {
    document.querySelectorAll("details[data-printed]").forEach((fold) => {
      fold.open = false;
      delete fold.dataset.printed;
    });
  });

  /* ---- what the page calls ---- */

  const ours = (window.peerSupport = {
    actions,
    /* By place: what to do when it is shown, with the view that is meant. */
    shows: {},
    send,
    go: (target) => go(target, true, {}, false),
    dialog: openDialog,
    settled() {
      const heading = document.querySelector(`#place-${root.dataset.place} h1`);
      if (moveFocus && heading && heading.offsetWidth > 1) heading.focus({ preventScroll: true });
    },
    connect(given, channel) {
      triggers[channel] = given;
      if (channel === "page") follow();
      (waiting[channel] || []).splice(0).forEach(([event, data]) => given(event, data));
    },
    opened() { settle(0); },
    /* What was made to be fetched is fetched at once, once. */
    downloaded() {
      const link = document.querySelector("[data-download]:not([data-fetched])");
      if (!link) return;
      link.dataset.fetched = "yes";
      link.click();
    },
    role(form) {
      const before = form.querySelector(`[value="${remembered() || ""}"]`);
      if (before) before.checked = true;
      form.addEventListener("change", (event) => remembered(event.target.value));
      form.addEventListener("click", (event) => {
        if (!event.detail || !event.target.closest("label") || !form.hasAttribute("data-open")) return;
        foldRole(form, false);
        setTimeout(() => form.querySelector("[data-change-role]").focus());
      });
    },
    asking() {
      closeAll();
      keeper.observe(document.getElementById("conversation"), { childList: true, subtree: true });
      setTimeout(() => {
        const stage = document.querySelector("#pending .waiting");
        if (stage) stage.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
      }, 150);
    },
    arrived() {
      unfoldSources();
      const all = turns();
      if (document.querySelector("#pending .notice") || !all.length) return ours.toBox();
      const heading = all[all.length - 1].querySelector(".question");
      heading.focus({ preventScroll: true });
      heading.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
    },
    /* Into the box, behind what stands in it. */
    toBox() {
      const box = document.querySelector("#question textarea");
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
      document.getElementById("send").scrollIntoView({ block: "nearest" });
    },
    explained() { openFetched("why"); },
    toMark() { openFetched("rating"); },
    /* What came back stands in the place of the form, which is gone with its focus. */
    marked() {
      const [button, dialog] = [opener, document.getElementById("rating")];
      if (!button || !dialog) return;
      openDialog(button, dialog);
      dialog.querySelector(dialog.querySelector(".error") ? "[name=verdict]" : "h2").focus();
    },
    made() {
      const said = document.querySelector("#made [data-download], #made .not-made");
      if (asked && asked.isConnected && said) told(asked, said.textContent);
      asked = null;
      ours.downloaded();
    },
    fresh() {
      folds.clear();
      window.scrollTo({ top: 0, behavior: "instant" });
      document.querySelector("#question textarea").focus({ preventScroll: true });
    },
    more() {},
  });

  root.dataset.place = "ask";
})();
