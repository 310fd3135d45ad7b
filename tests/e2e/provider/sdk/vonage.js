// SPDX-License-Identifier: BSD-2-Clause
// @vonage/server-sdk: Verify v1, Verify v2 with a JWT, Number Insight.
"use strict";

const { Vonage } = require("@vonage/server-sdk");
const { Auth } = require("@vonage/auth");
const { readFileSync } = require("fs");
const { ask, code, other, step, run } = require("./phone.js");

async function v1(vonage) {
	const verify = vonage.verify;
	const begun = await step("v1 start", () => verify.start({
		number: "447700900100", brand: "ACME", codeLength: 6, workflowId: 6 }));
	const id = begun.requestId;

	await step("v1 again", () => verify.start({
		number: "447700900100", brand: "ACME" }));
	await step("v1 wrong", async () => verify.check(id,
	    other(await code("+447700900100"))));
	await step("v1 search", () => verify.search(id));
	await step("v1 early cancel", () => verify.cancel(id));
	await step("v1 right", async () => verify.check(id,
	    await code("+447700900100")));
}

async function v2(vonage) {
	const verify = vonage.verify2;
	const begun = await step("v2 start", () => verify.newRequest({
		brand: "ACME", codeLength: 6, workflow: [
			{ channel: "sms", to: "447700900200" },
			{ channel: "voice", to: "447700900200" } ] }));
	const id = begun.requestId;

	await step("v2 again", () => verify.newRequest({ brand: "ACME",
		workflow: [{ channel: "sms", to: "447700900200" }] }));
	await step("v2 next", () => verify.nextWorkflow(id));
	await step("v2 wrong", async () => verify.checkCode(id,
	    other(await code("+447700900200"))));
	await step("v2 right", async () => verify.checkCode(id,
	    await code("+447700900200")));
	const gone = await verify.newRequest({ brand: "ACME",
		workflow: [{ channel: "sms", to: "447700900200" }] });
	await ask("POST", "/_sim/clock", { advance_s: 31 });
	await step("v2 cancel", () => verify.cancel(gone.requestId));
}

async function insight(vonage) {
	for (const level of ["basicLookup", "standardLookup", "advancedLookup"])
		await step(level, () => vonage.numberInsights[level](
		    "447700900100"));
}

run(async () => {
	const vonage = new Vonage(new Auth({
		apiKey: "abcd1234", apiSecret: "Sup3rS3cret",
		applicationId: "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",
		privateKey: readFileSync(process.argv[2], "utf8") }));

	await v1(vonage);
	await v2(vonage);
	await insight(vonage);
});
