// What happens within the page: opening citations beside the conversation, buttons in messages, the keyboard, the theme.
// Talks to this server only. Text from articles comes as HTML that the server has escaped; nothing else is put in as HTML.
"use strict";

window.articleQA = (() => {
  const NAME = "article-qa-conversation";
  const THEME = "article-qa-theme";
  const SILENT = "The server does not answer. Is it still running?";
  const byId = (id) => document.getElementById(id);
  let wanted = "{}";
  let opener = null;

  // -- between the page and the server: what a button wants done, and which conversation this page goes on with

  const action = () => wanted;
  const kept = () => sessionStorage.getItem(NAME) || "";

  const act = (button, what) => {
    wanted = JSON.stringify(what);
    const target = byId(button);
    (target.tagName === "BUTTON" ? target : target.querySelector("button")).click();
  };

  // -- the article beside the conversation

  const narrow = () => window.matchMedia("(max-width: 900px)").matches;

  async function open(link) {
    const panel = byId("reader-panel");
    const reader = byId("reader");
    const address = new URL(link.href, location.href);
    address.hash = "";
    address.searchParams.set("part", "1");
    opener = link;
    document.querySelectorAll(".cite.opened").forEach((one) => one.classList.remove("opened"));
    link.classList.add("opened");
    document.body.classList.add("reading-source");
    if (narrow()) {
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-modal", "true");
    }
    const shown = await fetched(address);
    if (opener !== link) return; // another one was opened meanwhile
    reader.replaceChildren(shown);
    const mark = byId("quote");
    if (mark) {
      level(mark, byId("quote-beside"));
      for (const id of ["quote-beside", "quote"]) {
        byId(id)?.scrollIntoView({ block: "center", inline: "nearest" });
      }
      mark.focus({ preventScroll: true });
    } else {
      reader.scrollTop = 0;
      reader.focus({ preventScroll: true });
    }
  }

  async function fetched(address) {
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return page.querySelector("article.source, section.missing") || page.body;
    } catch {
      const failed = document.createElement("p");
      failed.textContent = SILENT;
      return failed;
    }
  }

  // Side by side, both marks stand at one height.
  function level(mark, other) {
    if (!other || mark.getBoundingClientRect().left === other.getBoundingClientRect().left) return;
    const [left, right] = [mark, other].map((one) => one.closest("section"));
    if (!left || !right || left.getBoundingClientRect().top !== right.getBoundingClientRect().top) return;
    const higher = mark.getBoundingClientRect().top - other.getBoundingClientRect().top;
    (higher > 0 ? right : left).style.paddingTop = `${Math.abs(higher)}px`;
  }

  function close() {
    if (!document.body.classList.contains("reading-source")) return false;
    document.body.classList.remove("reading-source");
    const panel = byId("reader-panel");
    panel.removeAttribute("role");
    panel.removeAttribute("aria-modal");
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = "Click a citation such as [1] to read it here, in its article.";
    byId("reader").replaceChildren(hint);
    document.querySelectorAll(".cite.opened").forEach((one) => one.classList.remove("opened"));
    if (opener?.isConnected) opener.focus();
    opener = null;
    return true;
  }

  // -- buttons

  async function copy(button) {
    const answer = button.closest(".answer").cloneNode(true);
    answer.querySelectorAll(".deeds, .summary").forEach((part) => part.remove());
    answer.querySelectorAll("li, p, .about, q, .also").forEach((part) => part.append("\n"));
    const text = answer.textContent.replace(/[ \t]+/g, " ").replace(/ ?\n[\n ]*/g, "\n").trim();
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      said = "Cannot copy";
    }
    button.textContent = said;
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  async function exported() {
    const address = `/conversation/${encodeURIComponent(kept())}`;
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (!answer?.ok) {
      const status = document.querySelector("#status-line .status");
      if (status) status.textContent = answer ? "There is nothing to export yet: ask something first." : SILENT;
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await answer.blob());
    link.download = "conversation.md";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  function pressed(button) {
    const [deed, turn] = button.id.split("-");
    if (button.dataset.name !== undefined) {
      act("file-deed", { do: deed === "restore" ? "restore" : "remove", file: button.dataset.name });
    } else if (deed === "copy") {
      copy(button);
    } else {
      act("deed", { do: deed, turn: Number(turn) });
      if (deed === "edit") document.querySelector("#question textarea")?.focus();
    }
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.cite, a.copy-link, #reader a[href^='/read']");
    if (link && byId("reader") && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      if (link.closest("#corpus")) document.querySelector("#tabs button[role=tab]").click();
      open(link);
      return;
    }
    const button = event.target.closest("button");
    if (!button) return;
    if (button.id === "close-reader") close();
    else if (button.id === "theme") switchTheme();
    else if (button.id === "export") exported();
    else if (button.classList.contains("deed")) pressed(button);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && close()) event.preventDefault();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("#question")) {
      event.preventDefault();
      document.querySelector("#question button.submit-button")?.click();
    }
    if (event.key === "Tab" && narrow()) keepFocus(event);
  });

  // On a narrow page the article is a sheet over the rest, and the Tab key stays in it.
  function keepFocus(event) {
    const panel = byId("reader-panel");
    if (panel?.getAttribute("role") !== "dialog") return;
    const stops = [...panel.querySelectorAll("a[href], button, [tabindex='0']")].filter((one) => one.offsetParent);
    const here = stops.indexOf(document.activeElement);
    const next = event.shiftKey ? (here > 0 ? here - 1 : stops.length - 1) : (here + 1) % stops.length;
    event.preventDefault();
    stops[next].focus();
  }

  // -- light and dark: as the system has it, until somebody chooses

  function switchTheme() {
    const dark = !document.body.classList.contains("dark");
    localStorage.setItem(THEME, dark ? "dark" : "light");
    applyTheme();
  }

  function applyTheme() {
    const chosen = localStorage.getItem(THEME);
    if (chosen) document.body?.classList.toggle("dark", chosen === "dark");
  }

  // -- what Gradio leaves to be wished for: messages are announced by their text rather than by their markup

  function mend(root) {
    root.querySelectorAll?.("#chat [aria-label*='message:']").forEach((message) => message.removeAttribute("aria-label"));
    root.querySelectorAll?.("#chat .examples[role=list]").forEach((list) => list.setAttribute("role", "group"));
  }

  // A new question goes to the top, and its answer grows below it: what is being read does not move.
  let questions = 0;
  let following = false;
  function showNewest() {
    const asked = [...document.querySelectorAll("#chat .asked")];
    const log = asked.at(-1)?.closest("[role=log]");
    if (asked.length > questions) following = true;
    questions = asked.length;
    if (!following || !log) return;
    log.scrollTop += asked.at(-1).getBoundingClientRect().top - log.getBoundingClientRect().top - 12;
    const answer = [...document.querySelectorAll("#chat .answer")].at(-1);
    if (answer && !answer.matches(".draft, .waiting")) following = false;
  }
  for (const moved of ["wheel", "touchmove"]) {
    document.addEventListener(moved, (event) => {
      if (event.target.closest?.("#chat")) following = false;
    }, { passive: true });
  }

  function begin() {
    applyTheme();
    mend(document);
    let scheduled = false;
    new MutationObserver(() => {
      if (scheduled) return;
      scheduled = true;
      requestAnimationFrame(() => {
        scheduled = false;
        mend(document);
        showNewest();
      });
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-label"] });
  }

  // Gradio puts this script into the page after that was read, or while it is.
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();

  return { action };
})();
