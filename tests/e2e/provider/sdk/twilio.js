// SPDX-License-Identifier: BSD-2-Clause
// twilio: Verify v2 with codes, TOTP and push factors, Lookup v2.
"use strict";

const twilio = require("twilio");
const { execFileSync } = require("child_process");
const { ask, code, other, step, run } = require("./phone.js");

const SID = "AC" + "a".repeat(32);
const SERVICE = "VA" + "b".repeat(32);
const IDENTITY = "3b0c5c1e9f0a4f6e";

function app(secret) {
	return execFileSync("oathtool", ["--totp", "-b", secret]).toString()
	    .trim();
}

async function codes(service) {
	const to = "+447700900100";
	const begun = await step("start", async () => {
		const v = await service.verifications.create({ to, channel: "sms" });
		return { sid: v.sid, status: v.status, to: v.to };
	});
	await step("again", async () => {
		const v = await service.verifications.create({ to, channel: "call" });
		return { same: v.sid === begun.sid, sends: v.sendCodeAttempts.length };
	});
	await step("fetch", async () =>
	    (await service.verifications(begun.sid).fetch()).status);
	await step("wrong", async () => (await service.verificationChecks.create(
	    { verificationSid: begun.sid, code: other(await code(to)) })).status);
	await step("right", async () => (await service.verificationChecks.create(
	    { to, code: await code(to) })).status);
	await step("gone", () => service.verificationChecks.create(
	    { verificationSid: begun.sid, code: "123456" }));
	const second = await service.verifications.create({ to, channel: "sms" });
	await step("cancel", async () => (await service.verifications(second.sid)
	    .update({ status: "canceled" })).status);
	await step("fraud", () => service.verifications.create(
	    { to: "+447700900107", channel: "sms" }));
}

async function totp(entity) {
	const made = await step("totp factor", async () => {
		const f = await entity.newFactors.create(
		    { friendlyName: "alice", factorType: "totp" });
		return { sid: f.sid, status: f.status, secret: f.binding.secret };
	});
	await step("totp verify", async () => (await entity.factors(made.sid)
	    .update({ authPayload: app(made.secret) })).status);
	await step("totp list", async () => (await entity.factors.list())
	    .map((f) => [f.factorType, f.status]));
	await step("totp wrong", async () => (await entity.challenges.create(
	    { factorSid: made.sid, authPayload: other(app(made.secret)) }))
	    .status);
	await step("totp right", async () => (await entity.challenges.create(
	    { factorSid: made.sid, authPayload: app(made.secret) })).status);
	await step("totp remove", () => entity.factors(made.sid).remove());
}

async function push(service, entity) {
	await step("token", async () => typeof (await service.accessTokens.create(
	    { identity: IDENTITY, factorType: "push", factorFriendlyName: "p" }))
	    .token);
	await ask("POST", "/_sim/push", { identity: IDENTITY, action: "register" });
	const factor = (await entity.factors.list())
	    .find((f) => f.factorType === "push");
	const asked = await step("push", async () => {
		const c = await entity.challenges.create({ factorSid: factor.sid,
			"details.message": "Sign in?",
			"details.fields": [{ label: "Host", value: "web1" }],
			hiddenDetails: { ip: "192.0.2.7" } });
		return { sid: c.sid, status: c.status, details: c.details };
	});
	await ask("POST", "/_sim/push", { identity: IDENTITY, action: "approve" });
	await step("push approved", async () =>
	    (await entity.challenges(asked.sid).fetch()).status);
}

run(async () => {
	const client = twilio(SID, "0123456789abcdef0123456789abcdef");
	const service = client.verify.v2.services(SERVICE);
	const entity = service.entities(IDENTITY);

	await codes(service);
	await totp(entity);
	await push(service, entity);
	await step("lookup", async () => {
		const p = await client.lookups.v2.phoneNumbers("+447700900100")
		    .fetch({ fields: "line_type_intelligence" });
		return { valid: p.valid, number: p.phoneNumber,
			type: p.lineTypeIntelligence.type };
	});
});
