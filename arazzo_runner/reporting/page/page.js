(() => {
  "use strict";
  const root = document.documentElement;
  const remember = {
    get: () => { try { return localStorage.getItem("arazzo-theme"); } catch { return null; } },
    set: (name) => { try { localStorage.setItem("arazzo-theme", name); } catch { /* private */ } },
  };
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = (name) => { root.dataset.theme = name; };
  theme(remember.get() || (system.matches ? "dark" : "light"));
  system.addEventListener("change", (e) => remember.get() || theme(e.matches ? "dark" : "light"));
  const ready = () => {
    const find = (selector) => [...document.querySelectorAll(selector)];
    document.getElementById("theme")?.addEventListener("click", () => {
      const name = root.dataset.theme === "dark" ? "light" : "dark";
      theme(name);
      remember.set(name);
    });

    const show = (id, move) => {
      const target = id && document.getElementById(id);
      if (!target) return;
      for (let at = target; at; at = at.parentElement) {
        at.hidden = false;
        if (at.tagName === "DETAILS") at.open = true;
      }
      if (move) target.querySelector("summary")?.focus({ preventScroll: true });
      target.scrollIntoView({ block: "start" });
    };
    const follow = () => show(decodeURIComponent(location.hash.slice(1)), true);
    addEventListener("hashchange", follow);
    // The same link again changes no hash, and has to open its step all the same.
    document.addEventListener("click", (event) => {
      const link = event.target.closest?.("a[href^='#']");
      if (link && link.getAttribute("href") === location.hash) follow();
    });
    follow();

    const steps = find("details[data-step]");
    const search = document.getElementById("search");
    const only = document.getElementById("only");
    const count = document.getElementById("count");
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const step of steps) {
        step.text ??= step.textContent.toLowerCase();
        const status = !only.value || step.dataset.status === only.value;
        const hit = status && words.every((word) => step.text.includes(word));
        step.hidden = !hit;
        step.classList.toggle("hit", hit && words.length > 0);
        shown += hit ? 1 : 0;
      }
      // A step that is found inside another one is shown with it.
      for (const step of steps) {
        if (!step.hidden) {
          for (let at = step.parentElement; at; at = at.parentElement) {
            if (at.tagName === "DETAILS") at.hidden = false;
          }
        }
      }
      count.textContent = words.length || only.value ? `${shown} of ${steps.length} steps` : "";
    };
    search?.addEventListener("input", filter);
    only?.addEventListener("change", filter);
    document.getElementById("all")?.addEventListener("click", (event) => {
      const open = event.target.getAttribute("aria-pressed") !== "true";
      event.target.setAttribute("aria-pressed", open);
      event.target.textContent = open ? "Close all" : "Open all";
      for (const step of steps) step.open = open;
    });
    addEventListener("keydown", (event) => {
      const typing = /^(input|select|textarea)$/i.test(document.activeElement?.tagName ?? "");
      if (event.key === "/" && search && !typing) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && document.activeElement === search) {
        search.value = "";
        filter();
      }
    });

    for (const button of find("button.copy")) {
      button.addEventListener("click", async () => {
        const text = button.nextElementSibling.textContent;
        try {
          await navigator.clipboard.writeText(text);
          button.textContent = "Copied";
        } catch {
          getSelection().selectAllChildren(button.nextElementSibling);
          button.textContent = "Selected";
        }
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    }
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", ready);
  else ready();
})();
