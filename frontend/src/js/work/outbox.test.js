// Tests of the outbox: no answer leaves the storage before the server has it or has refused it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "./outbox.js";

class Storage {
  getItem(key) {
    return this[key] ?? null;
  }
  setItem(key, value) {
    this[key] = value;
  }
  removeItem(key) {
    delete this[key];
  }
}

const answer = (assignment, choice = "cat") => ({ assignment, result: [choice] });

function begin(replies, storage = new Storage()) {
  const told = { accepted: [], refused: [], waiting: [] };
  const sent = [];
  const retries = [];
  const outbox = new Outbox({
    storage,
    prefix: "a.",
    post: async (path, { answers }) => {
      sent.push(answers.map((item) => item.assignment));
      return (replies.shift() ?? ((given) => accept(given)))(answers);
    },
    on: {
      accepted: (outcome) => told.accepted.push(outcome.assignment),
      refused: (assignment, problem) => told.refused.push([assignment, problem.code]),
      waiting: (count, signIn) => told.waiting.push([count, signIn]),
    },
    later: (act, ms) => retries.push({ act, ms }),
  });
  return { outbox, storage, told, sent, retries };
}

const accept = (answers) => ({
  ok: true,
  status: 200,
  body: { outcomes: answers.map(({ assignment }) => ({ assignment, status: "accepted" })) },
});
const fail = (status, code) => () => ({ ok: false, status, body: code ? { code } : null });

test("an acknowledged answer leaves the storage", async () => {
  const { outbox, told } = begin([]);
  await outbox.put(answer("one"));
  assert.deepEqual(told.accepted, ["one"]);
  assert.equal(outbox.pending().length, 0);
});

for (const status of [0, 429, 500, 503, 400, 401, 403]) {
  test(`an answer met by status ${status} is kept and tried again`, async () => {
    const { outbox, told, retries } = begin([fail(status)]);
    await outbox.put(answer("one"));
    assert.equal(outbox.pending().length, 1);
    assert.deepEqual(told.waiting, [[1, [400, 401, 403].includes(status)]]);
    await retries[0].act();
    assert.deepEqual(told.accepted, ["one"]);
    assert.equal(outbox.pending().length, 0);
  });
}

test("the wait between tries doubles and starts again after a success", async () => {
  const { outbox, retries } = begin([fail(0), fail(0), fail(0), accept, fail(0)]);
  await outbox.put(answer("one"));
  await retries[0].act();
  await retries[1].act();
  await retries[2].act();
  await outbox.put(answer("two"));
  assert.deepEqual(retries.map((retry) => retry.ms), [1000, 2000, 4000, 1000]);
});

test("a refused answer is told with its reason and not sent again", async () => {
  const { outbox, told, sent } = begin([fail(409, "claim_expired")]);
  await outbox.put(answer("one"));
  assert.deepEqual(told.refused, [["one", "claim_expired"]]);
  assert.equal(sent.length, 1);
});

test("one bad answer does not take its neighbours with it", async () => {
  const storage = new Storage();
  for (const id of ["bad", "good", "fine"]) {
    storage.setItem(`a.${id}`, JSON.stringify({ stamp: id, answer: answer(id) }));
  }
  const isBad = ({ assignment }) => assignment === "bad";
  const refuse = (given) => (given.some(isBad) ? fail(422, "class_unknown")() : accept(given));
  const { outbox, told } = begin([refuse, refuse, refuse, refuse], storage);
  await outbox.flush();
  assert.deepEqual(told.refused, [["bad", "class_unknown"]]);
  assert.deepEqual(told.accepted.sort(), ["fine", "good"]);
  assert.equal(outbox.pending().length, 0);
});

test("a refusal among the outcomes counts as refused", async () => {
  const body = { outcomes: [{ assignment: "one", status: "refused", code: "answer_final" }] };
  const { outbox, told } = begin([() => ({ ok: true, status: 200, body })]);
  await outbox.put(answer("one"));
  assert.deepEqual(told.refused, [["one", "answer_final"]]);
  assert.deepEqual(told.accepted, []);
});

test("a change made while the first version travels is sent as well", async () => {
  let arrive;
  const slow = () => new Promise((resolve) => (arrive = resolve));
  const { outbox, sent } = begin([slow]);
  const first = outbox.put(answer("one", "cat"));
  await outbox.put(answer("one", "dog"));
  arrive(accept([answer("one")]));
  await first;
  assert.deepEqual(sent, [["one"], ["one"]]);
  assert.equal(outbox.pending().length, 0);
});
