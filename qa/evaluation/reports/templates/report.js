(() => {
  const form = document.getElementById("filter");
  const cases = [...document.querySelectorAll(".case")];
  const [words, tag, failed] = ["words", "tag", "failed"].map((name) => form.elements[name]);
  const shown = document.getElementById("shown");
  const filter = () => {
    const sought = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of cases) {
      const text = item.textContent.toLowerCase();
      const tags = JSON.parse(item.dataset.tags);
      item.hidden =
        (failed.checked && item.dataset.passed === "true") ||
        (tag.value !== "" && !tags.includes(tag.value)) ||
        !sought.every((word) => text.includes(word));
      count += item.hidden ? 0 : 1;
    }
    shown.textContent = `${count} of ${cases.length} shown`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  filter();
})();
