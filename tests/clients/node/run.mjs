// Uses the official Graph client library for JavaScript as an application would; only the base URL is another one.
//
// Told by the environment: SIGNET_URL, SIGNET_USER_TOKEN, SIGNET_APP_TOKEN, SIGNET_TEST_NODE_MODULES (where the library
// is installed); NODE_EXTRA_CA_CERTS names the CA to trust.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";

const load = createRequire(path.join(process.env.SIGNET_TEST_NODE_MODULES, "index.js"));
const { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } = load("@microsoft/microsoft-graph-client");

const URL_OF_SIGNET = process.env.SIGNET_URL;
const BOB = "bob@contoso.com";
const GENERAL = "4e4234dd-377b-42a3-935b-0e42f138fa23";
const ALL_EMPLOYEES = "5a2d7f11-6c1e-4d43-9b7a-2f0a6f6c5e05";
const FTES_HC = "836ff34f-b604-4a62-a68c-d6be4205d569";
const TOP_SECRET = "722a5300-ac39-4c9a-88e3-f54c46676417";
const UNKNOWN = "99999999-9999-4999-8999-999999999999";
const CREDIT_CARD = "50842eb7-edc8-4019-85dd-5a5c1f2bb085";

function client(token, version) {
  return Client.initWithMiddleware({
    baseUrl: `${URL_OF_SIGNET}/`,
    defaultVersion: version,
    customHosts: new Set(["127.0.0.1", "localhost"]),
    authProvider: { getAccessToken: async () => process.env[token] },
  });
}

const user = client("SIGNET_USER_TOKEN", "v1.0");
const betaUser = client("SIGNET_USER_TOKEN", "beta");
const app = client("SIGNET_APP_TOKEN", "v1.0");
const betaApp = client("SIGNET_APP_TOKEN", "beta");

const P1 = "/me/security/informationProtection/sensitivityLabels";
const P2 = "/security/dataSecurityAndGovernance/sensitivityLabels";

function metadata(label, attributes) {
  return Object.entries(attributes).map(([name, value]) => ({ name: `MSIP_Label_${label}_${name}`, value }));
}

function content(pairs = []) {
  return { contentFormat: "File", identifier: "c:\\user\\new.docx", state: "rest", metadata: pairs };
}

function kinds(actions) {
  return actions.map((action) => action["@odata.type"].replace("#microsoft.graph.security.", ""));
}

async function refused(request, status, code) {
  try {
    await request;
  } catch (error) {
    assert.ok(error instanceof GraphError, String(error));
    assert.equal(error.statusCode, status);
    assert.equal(error.code, code);
    assert.ok(error.message, "an error has a message");
    assert.match(error.requestId, /^[0-9a-f-]{36}$/);
    return;
  }
  assert.fail(`a refusal with ${status} ${code} was expected`);
}

const checks = {
  async "labels of a user, first projection"() {
    for (const request of [
      betaUser.api(P1),
      betaUser.api(`/users/${BOB}/security/informationProtection/sensitivityLabels`),
      betaApp.api(`/users/${BOB}/security/informationProtection/sensitivityLabels`),
    ]) {
      const { value } = await request.get();
      const general = value.find((label) => label.id === GENERAL);
      assert.equal(general.tooltip, "Business data not meant for the public.");
      assert.equal(value.find((label) => label.id === FTES_HC).parent.name, "HighlyConfidential");
    }
    const one = await betaUser.api(`${P1}/${FTES_HC}`).get();
    assert.equal(one.name, "FTEs_HC");
    assert.equal(one.hasProtection, true);
  },

  async "labels, second projection"() {
    for (const request of [user.api(P2), user.api("/me/dataSecurityAndGovernance/sensitivityLabels"), app.api(P2)]) {
      const { value } = await request.get();
      assert.equal(value.find((label) => label.id === GENERAL).toolTip, "Business data not meant for the public.");
    }
    const some = await user.api(P2).filter(`id in ('${GENERAL}','${UNKNOWN}')`).select("id,name").get();
    assert.deepEqual(some.value, [{ id: GENERAL, name: "General" }]);
    const german = await user.api(`${P2}/${GENERAL}`).header("Accept-Language", "de-DE").get();
    assert.equal(german.displayName, "Allgemein");
  },

  async "evaluateApplication"() {
    const body = { contentInfo: content(), labelingOptions: { assignmentMethod: "standard", labelId: FTES_HC } };
    const { value } = await betaUser.api(`${P1}/evaluateApplication`).post(body);
    assert.deepEqual(kinds(value), [
      "addContentHeaderAction",
      "addWatermarkAction",
      "addContentFooterAction",
      "protectByTemplateAction",
      "metadataAction",
    ]);
    assert.equal(value[4].metadataToAdd[6].value, "15");
  },

  async "evaluateClassificationResults"() {
    const body = {
      contentInfo: content(),
      classificationResults: [{ sensitiveTypeId: CREDIT_CARD, count: 7, confidenceLevel: 99 }],
    };
    const { value } = await betaUser.api(`${P1}/evaluateClassificationResults`).post(body);
    assert.equal(value.length, 1);
    assert.deepEqual(value[0].responsibleSensitiveTypeIds, [CREDIT_CARD]);
    assert.equal(value[0].label.id, value[0].sensitivityLabelId);
  },

  async "evaluateRemoval"() {
    const current = metadata(FTES_HC, { Enabled: "true", Method: "Standard", ContentBits: "15" });
    const body = { contentInfo: content(current) };
    const asked = await betaUser.api(`${P1}/evaluateRemoval`).post(body);
    assert.deepEqual(kinds(asked.value), ["justifyAction"]);
    body.downgradeJustification = { isDowngradeJustified: true, justificationMessage: "Declassified." };
    const { value } = await betaUser.api(`${P1}/microsoft.graph.security.evaluateRemoval`).post(body);
    assert.deepEqual(value.at(-1).metadataToRemove, current.map((pair) => pair.name));
  },

  async "extractContentLabel"() {
    const current = metadata(FTES_HC, { Enabled: "true", Method: "Privileged", SetDate: "2024-03-04T22:48:13Z" });
    const found = await betaUser.api(`${P1}/extractContentLabel`).post({ contentInfo: content(current) });
    assert.equal(found.sensitivityLabelId, FTES_HC);
    assert.equal(found.createdDateTime, "2024-03-04T22:48:13Z");
    assert.ok(!(await betaUser.api(`${P1}/extractContentLabel`).post({ contentInfo: content() })));
  },

  async "labels inside a file"() {
    const drive = await user.api("/me/drive").get();
    const { value } = await user.api(`/drives/${drive.id}/root/children`).get();
    const contract = value.find((item) => item.name === "Contract.docx");
    const found = await user.api(`/drives/${drive.id}/items/${contract.id}/extractSensitivityLabels`).post();
    assert.equal(found.labels.length, 1);
    assert.deepEqual(found.value.labels, found.labels);
    const byPath = await user.api("/me/drive/root:/Contract.docx:/extractSensitivityLabels").post();
    assert.deepEqual(byPath.labels, found.labels);
  },

  async "computeInheritance"() {
    const ids = `["${GENERAL}","${TOP_SECRET}"]`;
    const call = `computeInheritance(labelIds=${ids},locale='en-US',contentFormats=["File"])`;
    for (const request of [user.api(`${P2}/${call}`), betaUser.api(`${P2}/microsoft.graph.${call}`)]) {
      assert.equal((await request.get()).id, TOP_SECRET);
    }
  },

  async "computeRightsAndInheritance"() {
    const found = await user.api(`${P2}/computeRightsAndInheritance`).post({
      delegatedUserEmail: BOB,
      locale: "en-US",
      protectedContents: [
        { "@odata.type": "microsoft.graph.protectedContent", cid: "c1", format: "File", labelId: ALL_EMPLOYEES },
        { cid: "c2", format: "File", labelId: GENERAL },
      ],
      supportedContentFormats: ["File"],
    });
    assert.equal(found.inheritedLabel.id, ALL_EMPLOYEES);
    assert.deepEqual(found.contentRights.map((entry) => entry.cid), ["c1", "c2"]);
    assert.match(found.contentRights[0].rights, /\bview\b/);
  },

  async "pages and counts"() {
    const whole = (await user.api(P2).get()).value.map((label) => label.id);
    const first = await user.api(P2).top(2).count(true).get();
    assert.equal(first.value.length, 2);
    assert.equal(first["@odata.count"], whole.length);
    const seen = [];
    await new PageIterator(user, first, (label) => seen.push(label.id) > 0).iterate();
    assert.deepEqual(seen, whole);
    assert.equal(Number(await user.api(`${P2}/$count`).get()), whole.length);
  },

  async "several requests in one"() {
    // The library takes the path of the address as the one within a version.
    const get = (id, label) => ({ id, request: new Request(`${URL_OF_SIGNET}${P2}/${label}`) });
    const batch = new BatchRequestContent([get("1", GENERAL), get("2", UNKNOWN)]);
    const answers = new BatchResponseContent(await user.api("/$batch").post(await batch.getContent()));
    assert.equal(answers.getResponseById("1").status, 200);
    assert.equal((await answers.getResponseById("1").json()).name, "General");
    assert.equal(answers.getResponseById("2").status, 404);
  },

  async "errors arrive as the library has them"() {
    await refused(user.api(`${P2}/${UNKNOWN}`).get(), 404, "itemNotFound");
    await refused(user.api(P2).filter("isScopedToUser eq true").get(), 400, "ArgumentException");
    await refused(app.api("/me/dataSecurityAndGovernance/sensitivityLabels").get(), 400, "BadRequest");
    await refused(betaUser.api(`/users/alice@contoso.com/security/informationProtection/sensitivityLabels`).get(), 403, "accessDenied");
  },
};

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok      ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED  ${name}\n${error.stack}`);
  }
}
if (failed > 0) {
  console.error(`${failed} of ${Object.keys(checks).length} checks failed`);
  process.exit(1);
}
console.log("all checks passed");
