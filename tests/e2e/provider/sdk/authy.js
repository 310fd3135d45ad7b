// SPDX-License-Identifier: BSD-2-Clause
// authy: the legacy API; users, tokens by message and call, OneTouch.
"use strict";

const authy = require("authy")("0123456789abcdefghijABCDEFGHIJkl");
const { ask, code, other, step, run } = require("./phone.js");

const TO = "+12025550100";

function call(name, ...words) {
	return new Promise((resolve, reject) => authy[name](...words,
	    (error, reply) => error ? reject(error) : resolve(reply)));
}

async function approval(id, action) {
	const asked = await step("ask to " + action, () => call(
	    "send_approval_request", id, { message: "Sign in?",
		    details: { Host: "web1" } }, { ip: "192.0.2.7" }, null));

	await ask("POST", "/_sim/push", { to: TO, action });
	await step(action, () => call("check_approval_status",
	    asked.approval_request.uuid));
}

run(async () => {
	const made = await step("register", () => call("register_user",
	    "alice@example.org", "202-555-0100", "1"));
	const id = String(made.user.id);

	await step("status", () => call("user_status", id));
	await step("sms", () => call("request_sms", id, true));
	await step("wrong", async () => call("verify", id, other(await code(TO))));
	await step("right", async () => call("verify", id, await code(TO)));
	await step("call", () => call("request_call", id, true));
	await approval(id, "approve");
	await approval(id, "deny");
	if (process.argv[2] !== "keep")
		await step("delete", () => call("delete_user", id));
});
