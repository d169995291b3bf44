import { strict as assert } from "node:assert";
import { test } from "node:test";
import { codeOf } from "../walletconnect/code";
import { type Client, Line } from "../walletconnect/line";

const chains = [31337, 1];
const accounts = ["eip155:1:0xAa", "eip155:31337:0xBb", "cosmos:1:cc"];
const methods = ["personal_sign"];
const inAnHour = Date.now() / 1000 + 3600;
const session = { topic: "t", expiry: inAnHour, namespaces: { eip155: { accounts, methods } } };

type Heard = (value: unknown) => void;

class FakeClient {
  sessions: (typeof session)[] = [];
  asked: unknown[] = [];
  ended: string[] = [];
  heard = new Map<string, Heard>();
  approve!: () => void;
  fail: Error | undefined;
  isSilent = false;
  session = { getAll: () => this.sessions };

  on(event: string, listener: Heard): void {
    this.heard.set(event, listener);
  }

  connect(): Promise<unknown> {
    const approved = new Promise<typeof session>((resolve) => {
      this.approve = () => {
        this.sessions = [session];
        resolve(session);
      };
    });
    return Promise.resolve({ uri: "wc:x@2", approval: () => approved });
  }

  disconnect({ topic }: { topic: string }): Promise<void> {
    this.ended.push(topic);
    this.sessions = this.sessions.filter((each) => each.topic !== topic);
    return Promise.resolve();
  }

  request(asked: unknown): Promise<unknown> {
    this.asked.push(asked);
    if (this.isSilent) return new Promise(() => undefined);
    return this.fail ? Promise.reject(this.fail) : Promise.resolve("0xsigned");
  }
}

function line(sessions: (typeof session)[] = [session]): { client: FakeClient; line: Line; told: [string, unknown][] } {
  const [client, told] = [new FakeClient(), [] as [string, unknown][]];
  client.sessions = sessions;
  return { client, told, line: new Line(client as unknown as Client, chains, (event, value) => void told.push([event, value])) };
}

test("a request goes to the wallet on the chain that is chosen, and only what it has agreed to", async () => {
  const { client, line: made } = line();
  assert.deepEqual(await made.request("eth_accounts", []), ["0xAa"]);
  assert.equal(await made.request("eth_chainId", []), "0x1");
  await made.request("wallet_switchEthereumChain", [{ chainId: "0x7a69" }]);
  assert.deepEqual(await made.request("eth_accounts", []), ["0xBb"]);
  assert.equal(await made.request("personal_sign", ["0x", "0xBb"]), "0xsigned");
  const request = { method: "personal_sign", params: ["0x", "0xBb"] };
  assert.deepEqual(client.asked, [{ topic: "t", chainId: "eip155:31337", request }]);
  await assert.rejects(made.request("eth_sendTransaction", [{}]), { code: 4200 });
  await assert.rejects(made.request("wallet_switchEthereumChain", [{ chainId: "0x5" }]), { code: 4902 });
});

for (const [what, sessions] of Object.entries({ "no session": [], "one that is over": [{ ...session, expiry: 1 }] })) {
  test(`with ${what} it is disconnected`, async () => {
    const { line: made } = line(sessions);
    assert.deepEqual(await made.request("eth_accounts", []), []);
    await assert.rejects(made.request("personal_sign", []), { code: 4900 });
    await assert.rejects(made.ask(undefined), { code: 4900 });
  });
}

test("what the wallet refuses is its own error, unless it has ended the session", async () => {
  const { client, line: made } = line();
  client.fail = Object.assign(new Error("No."), { code: 5000 });
  await assert.rejects(made.request("personal_sign", []), { code: 5000 });
  const asked = made.request("personal_sign", []);
  client.sessions = [];
  await assert.rejects(asked, { code: 4900 });
});

test("a question that the wallet leaves without an answer ends with the session", async () => {
  const { client, line: made, told } = line();
  client.isSilent = true;
  const asked = made.request("personal_sign", []);
  client.heard.get("session_delete")?.({});
  await assert.rejects(asked, { code: 4900 });
  assert.deepEqual(told.map(([event]) => event), ["disconnect"]);
});

test("a sign-in ends what was there and shows a code; trying again keeps what this page has made", async () => {
  const { client, line: made } = line([{ ...session, topic: "old" }]);
  const shown: { uri: string; code: Element }[] = [];
  const show = (_: string, value: unknown): void => {
    shown.push(value as { uri: string; code: Element });
    client.approve();
  };
  assert.deepEqual(await made.ask(show), ["0xAa"]);
  assert.deepEqual(client.ended, ["old"]);
  assert.equal(shown[0]?.uri, "wc:x@2");
  assert.equal(shown[0]?.code.tagName.toLowerCase(), "svg");
  assert.deepEqual(await made.ask(show), ["0xAa"]);
  assert.equal(shown.length, 1);
});

test("who chooses another wallet is not signed in by a phone that approves later", async () => {
  const { client, line: made } = line([]);
  await assert.rejects(made.ask((_, value) => (value as { abandon: () => void }).abandon()), { code: 4001 });
  client.approve();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(client.ended, ["t"]);
});

test("what happens in the wallet is told", async () => {
  const { client, line: made, told } = line();
  client.heard.get("session_event")?.({ params: { event: { name: "chainChanged", data: 31337 }, chainId: "eip155:31337" } });
  assert.equal(await made.request("eth_chainId", []), "0x7a69");
  client.heard.get("session_delete")?.({});
  assert.deepEqual(told.map(([event]) => event), ["chainChanged", "disconnect"]);
});

test("the code has a square for each dark module, and white around them", () => {
  const drawn = codeOf("wc:0123@2?relay-protocol=irn");
  const size = Number(drawn.getAttribute("viewBox")?.split(" ")[3]);
  const squares = drawn.querySelector("path")?.getAttribute("d")?.match(/M\d+ \d+/g) ?? [];
  const places = squares.flatMap((square) => square.slice(1).split(" ").map(Number));
  assert.ok(squares.length > size);
  assert.ok(Math.min(...places) === 2 && Math.max(...places) === size - 3);
});
