/* What pages can do beyond links and forms; without this script they all still work. */
"use strict";

(() => {
  const announce = text => {
    const place = document.getElementById("announced");
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 50);
  };

  /* Times: as the server writes them until here, then in the reader's own zone. UTC stays in the title. */
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const showTimes = root => {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) {
        time.textContent = local.format(at);
        time.dataset.local = "";
      }
    }
  };

  /* Copying: `navigator.clipboard` is there on https and localhost only. */
  const copy = async text => {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "unseen";
    document.body.append(area);
    area.select();
    const isCopied = document.execCommand("copy");
    area.remove();
    if (!isCopied) throw new Error("not copied");
  };
  document.addEventListener("click", async event => {
    const button = event.target.closest("button[data-copy]");
    if (!button) return;
    const place = document.querySelector(button.dataset.copy);
    const label = button.dataset.label ??= button.textContent;
    try {
      await copy(place.value ?? place.textContent);
      button.textContent = "Copied";
      announce("Copied");
    } catch {
      getSelection().selectAllChildren(place);
      button.textContent = "Press Ctrl+C";
      announce("Selected; press Control and C to copy");
    }
    setTimeout(() => { button.textContent = label; }, 2000);
  });

  /* Questions before what cannot be undone. The dialog is the browser's: it keeps the focus and knows Escape. */
  document.addEventListener("submit", event => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.asked) return;
    event.preventDefault();
    const submitter = event.submitter;
    const dialog = document.createElement("dialog");
    const article = document.createElement("article");
    const question = document.createElement("p");
    question.id = "question";
    question.textContent = form.dataset.confirm;
    const buttons = document.createElement("div");
    buttons.className = "buttons";
    const no = document.createElement("button");
    no.type = "button";
    no.className = "secondary";
    no.textContent = "Cancel";
    const yes = document.createElement("button");
    yes.type = "button";
    yes.textContent = form.dataset.confirmed || "Yes";
    buttons.append(no, yes);
    article.append(question, buttons);
    dialog.append(article);
    dialog.setAttribute("aria-labelledby", "question");
    document.body.append(dialog);
    no.addEventListener("click", () => dialog.close());
    yes.addEventListener("click", () => {
      form.dataset.asked = "yes";
      dialog.close();
      form.requestSubmit(submitter);
    });
    dialog.addEventListener("close", () => dialog.remove());
    dialog.showModal();
    no.focus();
  });

  /* Tabs over parts that stand below each other: each part is a section with a heading, which names its tab. */
  const makeTabs = place => {
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", place.dataset.tabs);
    const panels = [...place.children];
    const tabs = panels.map((panel, index) => {
      const heading = panel.querySelector("h2, h3");
      const tab = document.createElement("button");
      tab.type = "button";
      tab.id = `${panel.id}-tab`;
      tab.textContent = heading.textContent;
      tab.setAttribute("role", "tab");
      tab.setAttribute("aria-controls", panel.id);
      heading.hidden = true;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      tab.addEventListener("click", () => choose(index));
      list.append(tab);
      return tab;
    });
    const choose = (chosen, isFocused = false) => {
      tabs.forEach((tab, index) => {
        tab.setAttribute("aria-selected", String(index === chosen));
        tab.tabIndex = index === chosen ? 0 : -1;
        panels[index].hidden = index !== chosen;
      });
      if (isFocused) tabs[chosen].focus();
    };
    list.addEventListener("keydown", event => {
      const here = tabs.indexOf(document.activeElement);
      const next = {
        ArrowRight: (here + 1) % tabs.length,
        ArrowLeft: (here + tabs.length - 1) % tabs.length,
        Home: 0,
        End: tabs.length - 1,
      }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      choose(next, true);
    });
    place.prepend(list);
    const asked = panels.findIndex(panel => `#${panel.id}` === location.hash);
    choose(Math.max(0, asked));
  };

  /* What a form says as an address: `data-url-of` names the form whose fields go into the query. */
  const buildUrl = place => {
    const form = document.querySelector(place.dataset.urlOf);
    const show = () => {
      const url = new URL(place.dataset.url);
      for (const [name, value] of new FormData(form)) {
        if (value !== "") url.searchParams.set(name, value);
      }
      place.textContent = url.href;
    };
    form.addEventListener("input", show);
    form.addEventListener("submit", event => event.preventDefault());
    show();
  };

  const start = () => {
    showTimes(document);
    document.querySelectorAll("[data-tabs]").forEach(makeTabs);
    document.querySelectorAll("[data-url-of]").forEach(buildUrl);
    /* Parts that htmx brings in later hold times too. */
    new MutationObserver(() => showTimes(document)).observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
