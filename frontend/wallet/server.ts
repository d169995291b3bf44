// Requests to our own server. Cached pages carry no CSRF token, so the first request fetches one.
import { Problem, WalletError } from "./errors";

export interface Chain {
  id: number;
  name: string;
  coin: string;
  explorer: string;
  rpc_urls: string[];
}

interface Start {
  csrf_token: string;
  chains: Chain[];
}

let started: Promise<Start> | undefined;

type Asking = Omit<RequestInit, "headers"> & { headers?: Record<string, string> };

/** Ask, and throw what was refused: what comes back is an answer. */
async function answered(url: string, init: Asking): Promise<Response> {
  const headers = { Accept: "application/json", ...init.headers };
  const answer = await fetch(url, { ...init, headers }).catch(() => {
    throw new WalletError("unreachable");
  });
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
  throw body.detail ? new Problem(body.code ?? "", body.detail) : new WalletError("unreachable");
}

async function ask<Answer>(url: string, init: Asking = {}): Promise<Answer> {
  const answer = await answered(url, init);
  if (answer.status === 204) return undefined as Answer;
  return (await answer.json().catch(() => ({}))) as Answer;
}

export const get = <Answer>(url: string): Promise<Answer> => ask(url);

/** The CSRF token and the chains that the server knows; asked for once. */
export function start(): Promise<Start> {
  return (started ??= ask<Start>("/sign-in/start").catch((error: unknown) => {
    started = undefined;
    throw error;
  }));
}

type Fields = Record<string, string> | URLSearchParams | string;

export const post = async <Answer>(url: string, fields: Fields = {}): Promise<Answer> => ask(url, await posting(fields));

/** Post, and return the part of a page that is the answer. */
export async function postForPage(url: string, fields: Fields): Promise<string> {
  return (await answered(url, await posting(fields))).text();
}

async function posting(fields: Fields): Promise<Asking> {
  const token = (await start()).csrf_token;
  const body = typeof fields === "string" ? fields : new URLSearchParams(fields);
  return { method: "POST", body, headers: { "X-CSRFToken": token } };
}

/** Signing in and out changes the token. */
export function forgetToken(): void {
  started = undefined;
}
