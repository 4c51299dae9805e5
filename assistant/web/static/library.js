/* Behaviour of "Topics" and "Library": the box that narrows topics, the search, the figures, and the
   way back to the link that was followed. Like page.js it listens on the document; the words that
   it shows come with the markup. */
(() => {
  "use strict";

  const ours = window.peerSupport;
  const root = document.documentElement;
  const site = document.title;
  /* What the address of a search may hold, by the names of the form's fields. */
  const FIELDS = ["q", "sort", "country", "kind", "topic", "setting", "year", "strength", "who", "status"];
  const PLACES = "#place-topics, #place-topic, #place-library, #place-source";
  const LINKS = "[data-go], [data-shelf]";
  const left = {};
  let shelf = null;
  let searched = "";
  let more = 0;
  let returning = false;
  let toHeading = false;
  let pause = 0;

  const here = () => document.getElementById(`place-${root.dataset.place}`);
  const seen = (element) => element && element.offsetWidth > 1;

  /* ---- back to the link that was followed ---- */

  const kindOf = (link) =>
    link.dataset.shelf ? `[data-shelf="${link.dataset.shelf}"]` : `[data-go="${link.dataset.go}"]`;

  /* Kept with the address that is left, so that the browser's own "back" finds it. */
  document.addEventListener(
    "click",
    (event) => {
      const link = event.target.closest && event.target.closest(LINKS);
      if (!link || !link.closest(PLACES) || event.metaKey || event.ctrlKey || event.shiftKey) return;
      if (link.closest(".back")) return (returning = true);
      const which = kindOf(link);
      const found = { which, nth: [...here().querySelectorAll(which)].indexOf(link) };
      left[root.dataset.place] = found;
      history.replaceState({ ...history.state, left: found }, "");
    },
    true
  );

  function comeBack() {
    const kept = (history.state && history.state.left) || (returning && left[root.dataset.place]);
    returning = false;
    if (!kept || !here()) return;
    history.replaceState({ ...history.state, left: null }, "");
    const links = here().querySelectorAll(kept.which);
    const link = links[kept.nth] || links[0];
    if (!link) return;
    const fold = link.closest("details:not([open])");
    if (fold) fold.open = true;
    const place = link.getBoundingClientRect();
    if (place.top < 80 || place.bottom > window.innerHeight)
      link.scrollIntoView({ block: "center", behavior: "instant" });
    link.focus({ preventScroll: true });
  }

  ours.pageOpened = () => {
    ours.opened();
    comeBack();
  };

  ours.shows.topics = comeBack;

  /* ---- the box over the topics ---- */

  const plain = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  function narrowTopics() {
    const index = document.getElementById("topic-index");
    const typed = index.querySelector("#topic-filter").value.trim();
    const words = plain(typed).split(/\s+/).filter(Boolean);
    let found = 0;
    index.querySelectorAll(".topic-group").forEach((group) => {
      let inside = 0;
      group.querySelectorAll("li").forEach((row) => {
        const text = plain(`${row.textContent} ${row.dataset.words}`);
        row.hidden = !words.every((word) => text.includes(word));
        inside += row.hidden ? 0 : 1;
      });
      group.hidden = !inside;
      found += inside;
    });
    const jumps = index.querySelector(".jumps");
    if (jumps) jumps.hidden = words.length > 0;
    index.querySelector(".no-topic").hidden = found > 0;
    index.querySelector("[data-ask-instead] button").dataset.ask = typed;
    const line = index.querySelector("#topic-count");
    const told = line.dataset;
    clearTimeout(pause);
    pause = setTimeout(() => {
      if (!words.length) line.textContent = told.all;
      else if (!found) line.textContent = told.none;
      else line.textContent = (found === 1 ? told.one : told.some).replace("[n]", found);
    }, 200);
  }

  document.addEventListener("input", (event) => {
    if (event.target.id === "topic-filter") narrowTopics();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-topic-filter]")) return;
    event.preventDefault();
    const first = [...document.querySelectorAll("#topic-index .topics a")].find(seen);
    if (first) first.focus();
  });

  /* ---- the search ---- */

  function chosen() {
    const entries = [...new FormData(shelf.form)].map(([name, value]) => [name, value.trim()]);
    return Object.fromEntries(entries.filter(([name, value]) => value && `${name}=${value}` !== "sort=best"));
  }

  /* The address says what was searched for, so that it can be kept and sent on. Words that no
     source has may be a message rather than a search: they stay out of the browser's history. */
  function address() {
    if (root.dataset.place !== "library" || root.dataset.library === "figures") return;
    const query = new URLSearchParams({ place: "library", ...chosen() });
    const unsaid = document.querySelector("#library-results [data-unsaid]") !== null;
    if (unsaid) query.delete("q");
    history.replaceState({ ...history.state, unsaid }, "", `?${query}`);
  }

  function search(shown) {
    const data = chosen();
    const asked = JSON.stringify(data);
    if (!shown && asked === searched) return;
    searched = asked;
    more = shown ? document.querySelectorAll("#library-results .source").length : 0;
    document.getElementById("library-results").setAttribute("aria-busy", "true");
    shelf.trigger("submit", shown ? { ...data, shown } : data);
  }

  function fill(query) {
    FIELDS.forEach((name) => {
      const field = shelf.form.elements[name];
      if (!field) return;
      field.value = query.get(name) || "";
      if (field.tagName === "SELECT" && field.selectedIndex < 0) field.selectedIndex = 0;
    });
    /* On a phone the choices would push the list out of sight; a line above it names them. */
    const wide = window.matchMedia("(min-width: 760px)").matches;
    if (wide && FIELDS.slice(2).some((name) => query.get(name))) shelf.form.querySelector(".filter-panel").open = true;
    search();
  }

  ours.shelf = (element, trigger) => {
    const form = element.querySelector("form");
    shelf = { form, trigger };
    searched = JSON.stringify({});
    form.addEventListener("change", () => search());
    form.addEventListener("reset", () => setTimeout(search));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      search();
    });
    if (root.dataset.place === "library") fill(new URLSearchParams(window.location.search));
  };

  ours.more = (shown) => search(shown);

  ours.shelfShown = () => {
    const results = document.getElementById("library-results");
    results.removeAttribute("aria-busy");
    address();
    const count = results.querySelector("[data-count]");
    if (count) shelf.form.querySelector("[data-heard]").textContent = count.textContent;
    const next = more && results.querySelectorAll(".source > a")[more];
    if (next) next.focus();
    more = 0;
  };

  ours.actions["[data-shelf]"] = (link) => {
    fill(new URLSearchParams(link.dataset.shelf));
    ours.go("place:library");
  };

  /* ---- the figures ---- */

  function headed(focus) {
    const heading = [...here().querySelectorAll("h1")].find(seen);
    if (!heading) return;
    document.title = `${heading.textContent} | ${site}`;
    if (focus) heading.focus({ preventScroll: true });
  }

  ours.shows.library = (where, push) => {
    const figures = where.view === "figures";
    const changed = figures !== (root.dataset.library === "figures");
    root.dataset.library = figures ? "figures" : "list";
    if (figures && !document.querySelector("#library-figures .figures")) {
      toHeading = push;
      return ours.send("select", {}, "figures");
    }
    if (changed) window.scrollTo({ top: 0, behavior: "instant" });
    headed(push && changed);
    const unsaid = history.state && history.state.unsaid;
    if (!figures && shelf && push) address();
    if (!figures && shelf && !push && !unsaid) fill(new URLSearchParams(window.location.search));
    comeBack();
  };

  ours.figuresShown = () => {
    if (root.dataset.place !== "library" || root.dataset.library !== "figures") return;
    headed(toHeading);
    comeBack();
  };

  ours.actions["[data-figures]"] = () => ours.send("download", {}, "figures");

  /* ---- the page of a topic or a source ---- */

  ours.actions["[data-to-part]"] = (link) => {
    const part = document.getElementById(link.dataset.toPart);
    if (!part) return;
    part.scrollIntoView({ block: "start", behavior: "instant" });
    part.focus({ preventScroll: true });
  };

  ours.actions["[data-cite]"] = (button) =>
    ours.send("download", { source: button.dataset.source, form: button.dataset.cite }, "references");

  ours.actions["[data-copy-link]"] = async (button) => {
    const line = button.closest(".tools").querySelector(".done");
    const whole = new URL(button.dataset.copyLink, window.location.href).href;
    try {
      await navigator.clipboard.writeText(whole);
      line.textContent = button.dataset.done;
    } catch {
      line.textContent = button.dataset.failed;
    }
    setTimeout(() => (line.textContent = ""), 4000);
  };

  /* On paper the numbers stand under each plot; page.js closes again what is marked so. */
  window.addEventListener("beforeprint", () => {
    document.querySelectorAll(".figures details:not([open]), .where-used details:not([open])").forEach((fold) => {
      fold.open = true;
      fold.dataset.printed = "yes";
    });
  });
})();
