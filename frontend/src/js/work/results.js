// Turn a task's form controls into Label Studio result items, and back.
export function read(form) {
  const chosen = [...form.querySelectorAll("input[type=radio][data-to-name]:checked")];
  return chosen.map((radio) => ({
    id: crypto.randomUUID().slice(0, 10),
    from_name: radio.name,
    to_name: radio.dataset.toName,
    type: "choices",
    value: { choices: [radio.value] },
  }));
}

export function write(form, result) {
  for (const item of result) {
    const radios = form.querySelectorAll(`input[type=radio][name="${CSS.escape(item.from_name)}"]`);
    radios.forEach((radio) => (radio.checked = item.value.choices.includes(radio.value)));
  }
}
