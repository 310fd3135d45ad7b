// SPDX-License-Identifier: BSD-2-Clause
// What the scripts beside this file share: the phone that shows codes, and one
// line of JSON for each step, which the test compares.
"use strict";

const https = require("https");

function ask(method, path, body) {
	return new Promise((resolve, reject) => {
		const request = https.request("https://localhost" + path,
		    { method, headers: { "Content-Type": "application/json" } },
		    (reply) => {
			    let text = "";

			    reply.on("data", (piece) => { text += piece; });
			    reply.on("end", () => resolve(JSON.parse(text || "null")));
		    });

		request.on("error", reject);
		request.end(body === undefined ? "" : JSON.stringify(body));
	});
}

// The newest code that came to this number.
async function code(to) {
	const shown = await ask("GET",
	    "/_sim/messages?to=" + encodeURIComponent(to));

	return shown[shown.length - 1].code;
}

// Another code of the same length.
function other(right) {
	return right.slice(0, -1) + (Number(right.slice(-1)) + 1) % 10;
}

// What a call came to: its value, or the library's own error.
async function step(name, call) {
	let out;

	try {
		out = { step: name, value: await call() };
	} catch (error) {
		out = { step: name, error: {
			status: error.status ?? error.statusCode ??
			    error.response?.status ?? null,
			code: error.code ?? null, message: String(error.message ?? error),
		} };
	}
	console.log(JSON.stringify(out));
	return out.value;
}

function run(main) {
	main().catch((error) => {
		console.error(error);
		process.exit(1);
	});
}

module.exports = { ask, code, other, step, run };
