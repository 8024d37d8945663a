// Tests of what the work page counts: active seconds, money, time left, file sizes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { sizeInWords } from "../parts/dropfile.js";
import { Activity } from "./activity.js";
import { clock } from "./countdown.js";
import * as money from "./money.js";

globalThis.document ??= { documentElement: { lang: "en" } };

function clocked() {
  const time = { now: 100 };
  const activity = new Activity(() => time.now);
  const wait = (seconds) => (time.now += seconds);
  return { activity, wait };
}

test("active seconds stop half a minute after the last input", () => {
  const { activity, wait } = clocked();
  wait(20);
  activity.touch();
  wait(300);
  assert.equal(activity.seconds, 50);
});

test("active seconds go on with the next input after a pause", () => {
  const { activity, wait } = clocked();
  wait(300);
  activity.touch();
  wait(10);
  assert.equal(activity.seconds, 40);
});

test("a hidden page is not active", () => {
  const { activity, wait } = clocked();
  wait(5);
  activity.show(false);
  wait(20);
  activity.show(true);
  wait(5);
  assert.equal(activity.seconds, 10);
});

test("a second visit to a task adds to the first", () => {
  const { activity, wait } = clocked();
  activity.restart(12.5);
  wait(2);
  assert.equal(activity.seconds, 14.5);
});

test("money is counted in whole micros", () => {
  assert.equal(money.toMicros("0.12"), 120_000);
  assert.equal(money.toMicros("3"), 3_000_000);
  assert.equal(money.toMicros("0.0125") * 3, 37_500);
  assert.equal(money.show(1_440_000, "USD"), "$1.44");
  assert.equal(money.show(12_500, "USD", 4), "$0.0125");
});

test("time left is shown as a clock", () => {
  assert.equal(clock(61_000), "01:01");
  assert.equal(clock(-5), "00:00");
  assert.equal(clock(3_725_000), "1:02:05");
});

test("file sizes are told in words", () => {
  assert.equal(sizeInWords(0), "0 B");
  assert.equal(sizeInWords(1536), "1.5 KB");
  assert.equal(sizeInWords(5 * 1024 ** 3), "5.0 GB");
});
