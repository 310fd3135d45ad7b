// SPDX-License-Identifier: BSD-2-Clause
// telnyx: Verify, Messages, number look-up.
"use strict";

const Telnyx = require("telnyx");
const { code, other, step, run } = require("./phone.js");

const PROFILE = "12ade33a-21c0-473b-b055-b3c836e1c292";
const TO = "+447700900100";

async function verify(client) {
	const begun = await step("start", () => client.verifications.triggerSMS(
	    { phone_number: TO, verify_profile_id: PROFILE }));
	const id = begun.data.id;

	await step("retrieve", () => client.verifications.retrieve(id));
	await step("wrong", async () => client.verifications.actions.verify(id,
	    { code: other(await code(TO)) }));
	await step("right", async () => client.verifications.actions.verify(id,
	    { code: await code(TO) }));
	await step("call", () => client.verifications.triggerCall(
	    { phone_number: TO, verify_profile_id: PROFILE }));
	await step("by number", async () =>
	    client.verifications.byPhoneNumber.actions.verify(TO,
	    { code: await code(TO), verify_profile_id: PROFILE }));
}

run(async () => {
	const client = new (Telnyx.default ?? Telnyx)({ apiKey: "KEY0123_abcdef" });

	await verify(client);
	const sent = await step("message", () => client.messages.send(
	    { to: TO, from: "+12025550150", text: "hello 123456" }));
	await step("message status", () => client.messages.retrieve(sent.data.id));
	await step("lookup", () => client.numberLookup.retrieve(TO,
	    { type: "carrier" }));
	await step("refused", () => client.verifications.triggerSMS(
	    { phone_number: "4155550123", verify_profile_id: PROFILE }));
});
