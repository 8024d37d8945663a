// Lead a person from task to task: show, answer, go on, go back.
import { isPassing, makeApi } from "./api.js";
import { Activity } from "./activity.js";
import { Countdown } from "./countdown.js";
import { ask } from "./dialogs.js";
import { Outbox } from "./outbox.js";
import { Queue } from "./queue.js";
import { Tally } from "./tally.js";
import { mount as mountSheet } from "../task/sheet.js";
import { Drafts } from "./drafts.js";

const UNDO_MAX = 5;

export class Desk {
  constructor(view, { job, csrf, batch, api, now, undoSeconds, owner, leave }) {
    // The server's clock is the one that counts; ours only measures from it.
    const skew = now ? Date.parse(now) - Date.now() : 0;
    this.now = () => Date.now() + skew;
    this.view = view;
    this.leave = leave;
    this.undoMs = Number(undoSeconds ?? 30) * 1000;
    this.api = makeApi(api ?? "/api/v1", csrf);
    this.queue = new Queue({ api: this.api, job, ahead: Number(batch ?? 5), now: this.now });
    this.outbox = this.makeOutbox(`quorum.answer.${owner ?? ""}.${job}.`);
    this.drafts = new Drafts(localStorage, `quorum.draft.${owner ?? ""}.${job}.`);
    this.tally = new Tally(sessionStorage, `quorum.tally.${owner ?? ""}.${job}`);
    this.activity = new Activity();
    this.countdown = this.makeCountdown();
    this.current = null;
    this.past = [];
    this.counted = new Map();
  }

  makeOutbox(prefix) {
    const on = {
      accepted: (receipt) => this.accepted(receipt),
      refused: (assignment, problem) => this.refused(assignment, problem),
      waiting: (count, signIn) => this.waiting(count, signIn),
    };
    return new Outbox({ post: this.api.post, storage: localStorage, prefix, on });
  }

  makeCountdown() {
    return new Countdown({
      element: this.view.find("timer"),
      now: this.now,
      onWarn: () => this.current.counted || this.view.say(this.view.sentences.short),
      onOver: () => this.over(),
    });
  }

  async open(first) {
    this.activity.watch();
    this.showLine();
    if (first) this.queue.adopt(first);
    // What waits in the outbox is answered already, though the server may not know it yet.
    this.outbox.pending().forEach((item) => this.queue.known.add(item.answer.assignment));
    this.outbox.flush();
    addEventListener("online", () => this.outbox.flush());
    await this.next();
  }

  async next() {
    this.leaveTask();
    let claim = this.queue.next();
    let problem = null;
    if (claim) this.queue.refill();
    else {
      this.view.mode("loading");
      problem = await this.queue.refill();
      claim = this.queue.next();
    }
    // While we waited the person may have gone back to an earlier answer: then this one waits.
    if (this.current) return claim && this.queue.putBack(claim);
    if (claim) this.show(claim);
    else this.view.empty(problem ?? {});
  }

  show(claim) {
    this.current = claim;
    claim.openedAt ??= new Date(this.now()).toISOString();
    this.activity.restart(claim.seconds);
    this.view.show(claim);
    this.lay(claim);
    this.countdown.start(claim.counted ? claim.finalAt : claim.deadline);
  }

  // Put the answer so far on the task: the one handed in, else what was begun before a crash.
  async lay(claim) {
    const draft = this.drafts.read(claim.id);
    claim.unsure ??= draft?.unsure ?? false;
    this.view.unsure(claim.unsure);
    const result = draft?.result ?? claim.result ?? [];
    const onChange = () => this.drafts.later(claim.id, () => this.draftOf(claim));
    const sheet = await mountSheet(claim.body, { result, onChange });
    if (claim !== this.current) return sheet.destroy();
    this.sheet = sheet;
    if (draft && !claim.counted) this.view.say(this.view.sentences.restored);
  }

  draftOf({ unsure }) {
    return { result: this.sheet?.getResult() ?? [], unsure };
  }

  leaveTask() {
    if (this.current) this.current.seconds = this.activity.seconds;
    this.sheet?.destroy();
    this.sheet = null;
    this.current = null;
    this.countdown.stop();
  }

  submit() {
    const claim = this.current;
    if (!claim || !this.sheet || this.lacks(claim)) return;
    const result = this.sheet.getResult();
    Object.assign(claim, { result, seconds: this.activity.seconds });
    claim.finalAt ??= this.now() + this.undoMs;
    this.count(claim);
    this.past = [...this.past, claim].slice(-UNDO_MAX);
    this.outbox.put({
      assignment: claim.id,
      result,
      active_seconds: Math.round(claim.seconds),
      opened_at: claim.openedAt,
      is_unsure: claim.unsure,
    });
    this.drafts.drop(claim.id);
    this.next();
  }

  // Say what is still missing. Marking nothing can be meant, so that is asked only once.
  lacks(claim) {
    const missing = this.sheet.missing();
    const isBlank = !missing && !this.sheet.getResult().length;
    if (isBlank && this.sheet.marksNothing && claim.isBlankMeant) return false;
    if (!missing && !isBlank) return false;
    missing?.element?.focus();
    claim.isBlankMeant = this.sheet.marksNothing;
    const { nothing, choose } = this.view.sentences;
    this.view.say(missing?.sentence ?? (!missing && claim.isBlankMeant ? nothing : choose));
    return true;
  }

  unsure() {
    const claim = this.current;
    if (!claim) return;
    claim.unsure = !claim.unsure;
    this.view.unsure(claim.unsure);
    this.drafts.write(claim.id, this.draftOf(claim));
  }

  // Back by one mark while there are any to take back, then to the answer before.
  undo() {
    if (this.sheet?.undo()) return;
    const claim = this.past.at(-1);
    if (!claim || claim.finalAt <= this.now()) return this.view.say(this.view.sentences.too_late);
    this.past.pop();
    const waiting = this.current;
    this.leaveTask();
    // A revisited answer is already handed in, so only fresh claims go back to the queue.
    if (waiting?.counted) this.past.unshift(waiting);
    else if (waiting) this.queue.putBack(waiting);
    this.show(claim);
    this.view.say(this.view.sentences.revisit);
  }

  async extend() {
    const claim = this.current;
    if (!claim || claim.counted) return;
    const outcome = await this.api.post(`/assignments/${claim.id}/extend`);
    if (!outcome.ok) return this.view.problem(this.explain(outcome));
    claim.deadline = Date.parse(outcome.body.deadline_at);
    if (claim === this.current) this.countdown.start(claim.deadline);
    this.view.say(this.view.sentences.extended);
  }

  skip() {
    return this.giveUp("skip", ({ choice }) => ({ reason: choice }));
  }

  report() {
    return this.giveUp("report", ({ reason, text }) => ({ reason, text }));
  }

  // Ask why, go on at once, and tell the server meanwhile.
  async giveUp(name, payloadOf) {
    const claim = this.current;
    if (!claim) return;
    if (claim.counted) return this.view.say(this.view.sentences.handed_in);
    const given = await ask(this.view.find(`${name}-dialog`));
    if (!given || claim !== this.current) return;
    this.drafts.drop(claim.id);
    this.next();
    const outcome = await this.api.post(`/assignments/${claim.id}/${name}`, payloadOf(given));
    if (outcome.ok) this.view.say(this.view.sentences[`${name}_done`]);
    else this.view.problem(this.explain(outcome));
  }

  // Stopping gives back what is held, so that others need not wait for it to lapse.
  async stop() {
    const held = [this.current, ...this.queue.claims].filter((claim) => claim && !claim.counted);
    this.queue.claims = [];
    this.leaveTask();
    this.view.mode("loading");
    await this.outbox.flush();
    await Promise.all(held.map((claim) => this.api.post(`/assignments/${claim.id}/return`)));
    location.assign(this.leave ?? "/");
  }

  over() {
    const revisit = this.current?.counted;
    this.view.say(revisit ? this.view.sentences.too_late : this.view.sentences.over);
    this.next();
  }

  accepted({ assignment, final_at: finalAt, gold }) {
    const claim = this.past.find((past) => past.id === assignment);
    if (claim && finalAt) claim.finalAt = Date.parse(finalAt);
    if (gold) this.view.feedback(gold, assignment);
  }

  refused(assignment, problem) {
    const counted = this.counted.get(assignment);
    if (counted) this.tally.add(counted, -1);
    this.counted.delete(assignment);
    this.past = this.past.filter((claim) => claim.id !== assignment);
    this.showLine();
    this.view.problem(problem);
  }

  waiting(count, signIn) {
    const { sign_in, unsent } = this.view.sentences;
    const text = (signIn ? sign_in : unsent).replace("{count}", count);
    this.view.find("unsent").textContent = count ? text : "";
  }

  count(claim) {
    if (claim.counted) this.tally.add(claim.counted, -1);
    claim.counted = { reward: claim.reward, seconds: claim.seconds };
    this.counted.set(claim.id, claim.counted);
    this.tally.add(claim.counted);
    this.showLine();
  }

  showLine() {
    this.view.line(this.tally.words(this.view.sentences));
  }

  explain(outcome) {
    return isPassing(outcome) ? { detail: this.view.sentences.offline } : outcome.body;
  }
}
