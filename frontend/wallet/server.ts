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

async function ask<Answer>(url: string, init: Asking = {}): Promise<Answer> {
  const headers = { Accept: "application/json", ...init.headers };
  const answer = await fetch(url, { ...init, headers }).catch(() => {
    throw new WalletError("unreachable");
  });
  if (answer.status === 204) return undefined as Answer;
  const body = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
  if (answer.ok) return body as Answer;
  throw body.detail ? new Problem(body.code ?? "", body.detail) : new WalletError("unreachable");
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

export async function post<Answer>(url: string, fields: Fields = {}): Promise<Answer> {
  const token = (await start()).csrf_token;
  const body = typeof fields === "string" ? fields : new URLSearchParams(fields);
  return ask(url, { method: "POST", body, headers: { "X-CSRFToken": token } });
}

/** Signing in and out changes the token. */
export function forgetToken(): void {
  started = undefined;
}
