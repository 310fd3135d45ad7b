// SPDX-License-Identifier: BSD-2-Clause
// nexmo, the library before: Verify v1 and Number Insight, by GET.
"use strict";

const Nexmo = require("nexmo");
const { code, other, step, run } = require("./phone.js");

function call(object, name, ...words) {
	return new Promise((resolve, reject) => object[name](...words,
	    (error, reply) => error ? reject(error) : resolve(reply)));
}

run(async () => {
	const nexmo = new Nexmo({ apiKey: "abcd1234", apiSecret: "Sup3rS3cret" });
	const verify = nexmo.verify;
	const begun = await step("start", () => call(verify, "request",
	    { number: "447700900100", brand: "ACME", code_length: 6 }));
	const id = begun.request_id;

	await step("wrong", async () => call(verify, "check",
	    { request_id: id, code: other(await code("+447700900100")) }));
	await step("search", () => call(verify, "search", id));
	await step("next", () => call(verify, "control",
	    { request_id: id, cmd: "trigger_next_event" }));
	await step("right", async () => call(verify, "check",
	    { request_id: id, code: await code("+447700900100") }));
	await step("insight", () => call(nexmo.numberInsight, "get",
	    { level: "basic", number: "447700900100" }));
});
