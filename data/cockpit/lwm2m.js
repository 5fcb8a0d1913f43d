/* SPDX-License-Identifier: Apache-2.0 */
/* The page of lwm2m-clientd in Cockpit: what it does, why, and when it will try again, over D-Bus.
   Whatever comes from the bus is text, never markup: elements get it as textContent. */
"use strict";

const NAME = "org.lwm2m.Client1", PATH = "/org/lwm2m/Client1";
const MANAGER = NAME + ".Manager", SERVER = NAME + ".Server", OBJECTS = NAME + ".Objects";
const PROPERTIES = "org.freedesktop.DBus.Properties", OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager";
const DRIVER = "org.freedesktop.DBus", DRIVER_PATH = "/org/freedesktop/DBus";
const SERVICE = "lwm2m-client.service", GROUP = "lwm2m";

const DRAW_INTERVAL = 250;      // ms between two drawings, however often something changes
const POLL_INTERVAL = 2000;     // ms between two looks at what has no signal: values, counters
const POLL_SHARE = 4;           // a look that takes long is made more rarely: a fifth of the time at most
const CLOCK_INTERVAL = 60000;   // ms between two looks at the device's clock
const CLOCK_SPACING = 5000;     // ms that are between two of them at least
const TICK_INTERVAL = 500;      // ms; half of what a countdown shows, so that it leaves no second out
const RETRY_INTERVAL = 1000;    // ms until a bus that has gone is tried again
const CALL_TIMEOUT = 15000;     // ms; the daemon itself waits 10 s for values of files
const SHOWN_MAX = 1024;         // characters of a value that are shown
const OPEN_INSTANCES = 8;       // published Object Instances that are open from the beginning, together
const OWN_OBJECTS = 10;         // Objects below are the protocol's own
const DEFINITIONS = ["/etc/lwm2m-client/objects", "/usr/share/lwm2m-client/objects",
    "/usr/local/share/lwm2m-client/objects"];

/* What the page knows; drawn from, never read back from the document. */
const known = {
    away: { title: "Looking for the client", sentence: "", service: false },
    manager: null, servers: new Map(), objects: [], texts: new Map(), history: null,
    firmware: null, updates: null,
    definitions: new Map(), open: new Set(), seen: new Set(), rights: null,
};

/* ---- Small tools ---- */

const find = id => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes))
        element.setAttribute(name, value);
    element.append(...children);
    return element;
}

/* Writes only what differs: who reads or has selected it is not disturbed. */
function write(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

function mark(element, attribute, value) {
    if (element.getAttribute(attribute) !== value)
        element.setAttribute(attribute, value);
}

/* The children of parent become those of items, in their order. One that is there already stays, and with it
   focus and what is open. create(item) makes one, fill(element, item) brings it up to date. */
function keep(parent, items, key, create, fill) {
    const there = new Map([...parent.children].map(child => [child.dataset.key, child]));
    const left = new Set(parent.children);
    let next = parent.firstElementChild;
    for (const item of items) {
        const name = String(key(item));
        let child = there.get(name);
        if (!child) {
            child = create(item);
            child.dataset.key = name;
        }
        there.delete(name);
        left.delete(child);
        fill(child, item);
        if (child === next)
            next = next.nextElementSibling;
        else
            parent.insertBefore(child, next);
    }
    left.forEach(child => child.remove());
}

/* A <dl> of [term, text]; what has no text is left out. */
function fields(list, pairs) {
    keep(list, pairs.filter(([, text]) => text), ([term]) => term,
        ([term]) => make("div", {}, make("dt", {}, term), make("dd")),
        (element, [, text]) => write(element.lastElementChild, text));
}

/* At once, and again when it was done an interval ago: never two at a time, however long one takes. Nothing
   that was asked for is forgotten. */
function throttled(interval, action) {
    let running = false, again = false;
    async function run() {
        again = false;
        running = true;
        try {
            await action();
        } finally {
            setTimeout(() => {
                running = false;
                if (again)
                    run();
            }, interval);
        }
    }
    return () => {
        if (running)
            again = true;
        else
            run();
    };
}

/* ---- Time: the device's clock, not the browser's ---- */

const clock = {
    ahead: 0,   // ms that the device's clock is ahead of ours
    now() {
        return Date.now() + this.ahead;
    },
    async read() {
        const begun = Date.now();
        try {
            const seconds = Number(await cockpit.spawn(["date", "+%s.%N"], { err: "ignore" }));
            if (seconds > 0)
                this.ahead = seconds * 1000 - (begun + Date.now()) / 2;
        } catch (problem) {
            // As before.
        }
    },
};

function span(ms) {
    const seconds = Math.max(0, Math.round(ms / 1000));
    const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
    const first = units.findIndex(([, size]) => seconds >= size);
    if (first < 0)
        return "0 s";
    let rest = seconds;
    return units.slice(first, first + 2).map(([unit, size]) => {
        const count = Math.floor(rest / size);
        rest %= size;
        return count ? `${count} ${unit}` : "";
    }).filter(Boolean).join(" ");
}

const ago = usec => usec ? span(clock.now() - usec / 1000) + " ago" : "";
const until = usec => usec / 1000 - clock.now();
const date = usec => new Date(usec / 1000).toLocaleString(undefined,
    { dateStyle: "medium", timeStyle: "medium" });

function took(usec) {
    if (usec < 1000)
        return `${usec} µs`;
    if (usec < 1e6)
        return `${(usec / 1000).toFixed(usec < 1e4 ? 1 : 0)} ms`;
    return usec < 6e7 ? `${(usec / 1e6).toFixed(1)} s` : span(usec / 1000);
}

function size(bytes) {
    if (bytes < 1024)
        return `${bytes} B`;
    return bytes < 1048576 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1048576).toFixed(1)} MiB`;
}

/* ---- Words ---- */

/* Of each Status: how it looks, and how far on the way to a registration it is. */
const STATUS = {
    "initial": ["Starting", "busy", 0],
    "bootstrapping": ["Bootstrapping", "busy", 1],
    "bootstrapped": ["Bootstrapped", "busy", 2],
    "registering": ["Registering", "busy", 2],
    "registered": ["Registered", "good", 3],
    "suspended": ["Suspended", "wait", 3],
    "queue-mode": ["Asleep in Queue Mode", "good", 3],
    "failure": ["Failed", "bad", 1],
};
const STEPS = ["Start", "Bootstrap", "Registration", "In service"];
const BUSY = {
    "resolving": "looks up the name", "handshaking": "is in the DTLS handshake",
    "requesting": "waits for the answer", "provisioning": "receives the accounts",
};
const GENERATIONS = {
    "none": "none", "configuration": "the configuration", "bootstrap": "the last bootstrap",
    "last-good": "before the last bootstrap, as its own did not work",
};
const TRIGGERS = {
    "no-account": "no account", "registration-failed": "registrations failed",
    "server-request": "a server asked for it", "method": "an operator asked for it",
    "restart": "begun again after a failure",
};
const SERVER_TONES = {
    "registered": "good", "updating": "good", "sleeping": "good", "failed": "bad", "retry-wait": "wait",
    "disabled": "wait",
};
/* Of a series of bootstrap attempts, any other is an error; of a response by its class, without one yet. */
const RESULT_TONES = { "finished": "good", "running": "busy", "aborted": "wait" };
const CODE_TONES = { 2: "good", 4: "bad", 5: "bad" };
const MODES = { "nosec": "none", "psk": "pre-shared key" };

/* The client's own Objects; the Resources by their ID, from 0. Other Objects have definitions. */
const OWN_NAMES = {
    1: ["LwM2M Server", "Short Server ID", "Lifetime", "Default Minimum Period", "Default Maximum Period",
        "Disable", "Disable Timeout", "Notification Storing When Disabled or Offline", "Binding",
        "Registration Update Trigger", "Bootstrap-Request Trigger", "APN Link", "TLS-DTLS Alert Code",
        "Last Bootstrapped", "Registration Priority Order", "Initial Registration Delay Timer",
        "Registration Failure Block", "Bootstrap on Registration Failure", "Communication Retry Count",
        "Communication Retry Timer", "Communication Sequence Delay Timer",
        "Communication Sequence Retry Count", "Trigger", "Preferred Transport", "Mute Send",
        "Alternate APN Links", "Supported Server Versions", "Default Notification Mode",
        "Profile ID Hash Algorithm"],
    2: ["LwM2M Access Control", "Object ID", "Object Instance ID", "ACL", "Access Control Owner"],
    3: ["Device", "Manufacturer", "Model Number", "Serial Number", "Firmware Version", "Reboot",
        "Factory Reset", "Available Power Sources", "Power Source Voltage", "Power Source Current",
        "Battery Level", "Memory Free", "Error Code", "Reset Error Code", "Current Time", "UTC Offset",
        "Timezone", "Supported Binding and Modes", "Device Type", "Hardware Version", "Software Version",
        "Battery Status", "Memory Total", "ExtDevInfo"],
    4: ["Connectivity Monitoring", "Network Bearer", "Available Network Bearer", "Radio Signal Strength",
        "Link Quality", "IP Addresses", "Router IP Addresses", "Link Utilization", "APN", "Cell ID", "SMNC",
        "SMCC", "SignalSNR", "LAC", "Coverage Enhancement Level"],
    5: ["Firmware Update", "Package", "Package URI", "Update", "State", "", "Update Result", "PkgName",
        "PkgVersion", "Firmware Update Protocol Support", "Firmware Update Delivery Method", "Cancel",
        "Severity", "Last State Change Time", "Maximum Defer Period", "Automatic Upgrade at Download"],
    7: ["Connectivity Statistics", "SMS Tx Counter", "SMS Rx Counter", "Tx Data", "Rx Data",
        "Max Message Size", "Average Message Size", "Start", "Stop", "Collection Period"],
};

const isRegistered = server => ["registered", "updating", "sleeping"].includes(server.State);

const mode = name => MODES[name] || name;

function isWaiting(manager) {
    return ["retry-wait", "hold-off"].includes(manager.SubStatus);
}

function count(number, noun) {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/* One sentence: what it does. */
function sentence(manager, servers) {
    const sub = manager.SubStatus, registered = servers.filter(isRegistered).length;
    const attempt = manager.Attempt ? ` Attempt ${manager.Attempt} of ${manager.RetryCount + 1}` : "";
    switch (manager.Status) {
    case "initial":
        return sub === "no-account"
            ? "No account is left. It waits for a changed configuration, or for lwm2mctl reset."
            : "Loads the accounts.";
    case "bootstrapping":
        if (sub === "hold-off")
            return "Holds off before it asks the Bootstrap Server.";
        return sub === "retry-wait" ? `${attempt} has failed.`.trim()
            : `${attempt || "It"} ${BUSY[sub] || "is under way"}.`.trim();
    case "bootstrapped":
        return `The Bootstrap Server has named ${count(servers.length, "LwM2M Server")}.`;
    case "registering":
        return sub === "retry-wait" ? `Not registered with ${count(servers.length, "LwM2M Server")} yet.`
            : `With ${count(servers.length, "LwM2M Server")}: ${BUSY[sub] || "is under way"}.`;
    case "registered":
        return registered < servers.length
            ? `With ${registered} of ${count(servers.length, "LwM2M Server")}.`
            : `With ${count(servers.length, "LwM2M Server")}.`;
    case "suspended":
        return "Every LwM2M Server has been disabled for a time.";
    case "queue-mode":
        return "Registered; it listens again at the next Update.";
    case "failure":
        return sub === "stopped" ? "Nothing is tried any more until it is restarted."
            : "Everything that it knows was tried. It waits, and begins again.";
    }
    return `${manager.Status}, ${sub}.`;
}

/* What comes next, and when: [timestamp, words]. */
function nextEvent(manager, servers) {
    const first = name => servers.map(server => server[name]).filter(Boolean).sort((a, b) => a - b)[0];
    if (manager.NextRetryTimestamp) {
        if (manager.Status === "bootstrapping")
            return [manager.NextRetryTimestamp, "until attempt "
                + `${manager.SubStatus === "hold-off" ? manager.Attempt || 1 : manager.Attempt + 1} `
                + `of ${manager.RetryCount + 1}`];
        return [manager.NextRetryTimestamp, { "failure": "until it begins again",
            "initial": "until it looks again" }[manager.Status] || "until the next attempt"];
    }
    if (manager.Status === "suspended")
        return [first("NextRetryTimestamp"), "until the next attempt"];
    if (["registered", "queue-mode"].includes(manager.Status))
        return [first("NextUpdateTimestamp"), "until the next Update"];
    return [0, ""];
}

/* ---- Drawing ---- */

function drawAway() {
    const away = known.away;
    find("away").hidden = !away;
    find("there").hidden = find("actions").hidden = Boolean(away);
    if (!away)
        return;
    write(find("away-title"), away.title);
    write(find("away-sentence"), away.sentence);
    find("service").hidden = !away.service;
    write(find("endpoint"), "");
}

/* How far it is; in `failure` the step that has failed. */
function drawSteps(manager, tone) {
    let [, , step] = STATUS[manager.Status] || ["", "busy", 0];
    if (manager.Status === "failure" && !manager.Attempt)
        step = 2;
    keep(find("steps"), STEPS.map((words, index) => [words, index]), ([words]) => words,
        ([words]) => make("li", {}, make("span", {}, words)),
        (element, [, index]) => {
            const here = index === step, done = index < step || (here && tone === "good");
            mark(element, "class", done ? "done" : here ? tone : "ahead");
            if (here)
                mark(element, "aria-current", "step");
            else
                element.removeAttribute("aria-current");
        });
}

function drawProblems(list, problems) {
    keep(list, problems.filter(([, , text]) => text), ([name]) => name,
        ([, tone]) => make("p", { class: `problem ${tone}` }, make("strong"), make("span")),
        (element, [name, , text]) => {
            write(element.firstElementChild, name);
            write(element.lastElementChild, text);
        });
}

function drawStatus() {
    const manager = known.manager, servers = [...known.servers.values()];
    const [words, usual] = STATUS[manager.Status] || [manager.Status, "busy"];
    const tone = usual === "busy" && isWaiting(manager) ? "wait" : usual;
    write(find("endpoint"), manager.EndpointName);
    write(find("state"), words);
    mark(find("status"), "data-status", manager.Status);
    mark(find("status"), "data-substatus", manager.SubStatus);
    mark(find("status"), "data-tone", tone);
    write(find("sentence"), sentence(manager, servers));

    const [timestamp, what] = nextEvent(manager, servers);
    find("next").hidden = !timestamp;
    if (timestamp) {
        const left = until(timestamp);
        write(find("countdown"), left > 0 ? span(left) : "now");
        write(find("until"), what);
    }
    drawSteps(manager, tone);
    const [error, text] = manager.LastError;
    drawProblems(find("problems"), [
        [error, tone === "good" ? "wait" : "bad", text],
        ["Not in force", "wait", manager.ConfigurationProblem],
        ["Key log", "wait", manager.KeyLogging && "The keys of DTLS sessions are written to a file in the "
            + "state directory: whoever has it can decrypt the traffic."],
    ]);
    fields(find("facts"), [
        ["Since", ago(manager.StatusTimestamp)],
        ["Bootstrap Server", manager.BootstrapServerURI || "none"],
        ["Its security", manager.BootstrapServerURI && mode(manager.BootstrapSecurityMode)],
        ["Last bootstrap", ago(manager.LastBootstrapTimestamp) || "never"],
        ["Accounts of", GENERATIONS[manager.Generation] || manager.Generation],
        ["Configuration", manager.ConfigFile],
        ["Version", manager.Version],
    ]);
}

function createServer([path]) {
    const update = make("button", { type: "button" }, "Update");
    update.addEventListener("click", () =>
        act(update, path, SERVER, "Update", "", [], "The Update is on its way."));
    return make("article", { class: "card" },
        make("header", {}, make("h3"), make("span", { class: "pill" }), update),
        make("p", { class: "long" }), make("div"), make("dl"));
}

function fillServer(card, [, server]) {
    const [head, uri, problems, facts] = card.children, counters = server.Counters || {};
    write(head.children[0], `Server ${server.ShortServerID}`);
    write(head.children[1], server.State);
    mark(head.children[1], "data-tone", SERVER_TONES[server.State] || "busy");
    mark(head.children[2], "aria-label", `Update of server ${server.ShortServerID}`);
    write(uri, server.ServerURI);
    const [error, text] = server.LastError;
    drawProblems(problems, [[error, isRegistered(server) ? "wait" : "bad", text]]);
    fields(facts, [
        ["Registered", ago(server.LastRegistrationTimestamp) || "never"],
        ["Next Update", server.NextUpdateTimestamp && "in " + span(until(server.NextUpdateTimestamp))],
        ["Next attempt", server.NextRetryTimestamp && "in " + span(until(server.NextRetryTimestamp))],
        ["Lifetime", span(server.Lifetime * 1000)],
        ["Security", server.Cipher || mode(server.SecurityMode)],
        ["Address", server.PeerAddress],
        ["Observations", String(server.Observations)],
        ["Traffic", "BytesSent" in counters
            && `${size(counters.BytesSent)} sent, ${size(counters.BytesReceived)} received`],
    ]);
}

function drawServers() {
    find("no-servers").hidden = known.servers.size > 0;
    keep(find("servers"), [...known.servers].sort((a, b) => a[1].ShortServerID - b[1].ShortServerID),
        ([path]) => path, createServer, fillServer);
}

function createObject([id]) {
    const details = make("details", {},
        make("summary", {}, make("span", { class: "id" }, String(id)), make("span", { class: "title" }),
            make("span", { class: "quiet" })),
        make("div"));
    details.open = known.open.has(id);
    details.addEventListener("toggle", () => {
        if (details.open === known.open.has(id))
            return;
        known.open[details.open ? "add" : "delete"](id);
        drawObjects();
        poll();
    });
    return details;
}

function fillObject(details, [id, , instances]) {
    const [, title, quiet] = details.firstElementChild.children;
    const definition = known.definitions.get(id);
    write(title, (definition && definition.name) || `Object ${id}`);
    write(quiet, count(instances.length, "instance"));
    if (details.open)
        keep(details.lastElementChild, instances, instance => instance,
            instance => make("div", { class: "instance" },
                make("table", {}, make("caption", {}, `/${id}/${instance}`), make("tbody"))),
            (element, instance) => keep(element.firstElementChild.tBodies[0],
                known.texts.get(`/${id}/${instance}`) || [], ([path]) => path, createValue, fillValue));
}

function createValue([path]) {
    return make("tr", {}, make("th", { scope: "row" }, make("span"), make("span", { class: "quiet" }, path)),
        make("td"));
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

function fillValue(row, [path, value]) {
    const [, object, , resource] = path.split("/").map(Number);
    const definition = known.definitions.get(object);
    write(row.firstElementChild.firstElementChild,
        (definition && definition.resources.get(resource)) || `Resource ${resource}`);
    const cell = row.lastElementChild, before = cell.firstChild;
    const shown = value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}…` : value;
    if (before && before.data === shown)
        return;
    cell.textContent = shown;
    if (before && !still.matches)
        cell.animate([{ backgroundColor: "var(--changed)" }, { backgroundColor: "transparent" }], 1500);
}

/* Not with the rest: there may be thousands of values, which only a look changes. */
const drawObjects = throttled(DRAW_INTERVAL, () =>
    keep(find("objects"), known.objects, ([id]) => id, createObject, fillObject));

const OPERATION_COLUMNS = [["Operation", ""], ["Code", ""], ["Size", "number"], ["Took", "number"],
    ["When", "bar"]];

function createSeries(series) {
    const id = `operations-${series.name}`;
    const button = make("button", { type: "button", class: "open", "aria-expanded": "false",
        "aria-controls": id });
    const more = make("td", { colspan: "6" }, make("p"), make("table", { class: "operations" },
        make("thead", {}, make("tr", {}, ...OPERATION_COLUMNS.map(([words, kind]) =>
            make("th", { scope: "col", class: kind }, words)))),
        make("tbody")));
    const group = make("tbody", {},
        make("tr", {}, make("td", {}, button), make("td", {}, make("span", { class: "pill" })),
            make("td", { class: "wide" }), make("td", { class: "wide long" }),
            make("td", { class: "number wide" }), make("td", { class: "number wide" })),
        make("tr", { id, hidden: "" }, more));
    button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") !== "true";
        button.setAttribute("aria-expanded", String(open));
        group.lastElementChild.hidden = !open;
        drawHistory();
    });
    return group;
}

function fillSeries(group, series) {
    const [row, more] = group.rows, [began, result, because, server, attempts, lasted] = row.cells;
    write(began.firstElementChild, date(series.Start));
    write(result.firstElementChild, series.Result);
    mark(result.firstElementChild, "data-tone", RESULT_TONES[series.Result] || "bad");
    write(because, TRIGGERS[series.Trigger] || series.Trigger);
    write(server, series.Server);
    write(attempts, String(series.Attempts));
    write(lasted, took((series.End || clock.now() * 1000) - series.Start));
    if (more.hidden)
        return;
    const [text, table] = more.cells[0].children, operations = series.Operations;
    write(text, series.Sentence || (operations.length ? "The operations of the last attempt:"
        : "No operation was answered in the last attempt."));
    table.hidden = operations.length === 0;
    const begin = Math.min(...operations.map(operation => operation[4]));
    const whole = Math.max(1, ...operations.map(operation => operation[4] + operation[5] - begin));
    keep(table.tBodies[0], operations.map((operation, index) => [index, ...operation]), ([index]) => index,
        () => make("tr", {}, make("th", { scope: "row", class: "long" }), make("td"),
            make("td", { class: "number" }), make("td", { class: "number" }),
            make("td", { class: "bar" }, make("span"))),
        (line, [, method, path, code, bytes, start, duration]) => {
            write(line.cells[0], `${method} ${path}`);
            write(line.cells[1], code || "no answer");
            mark(line.cells[1], "data-tone", CODE_TONES[code[0]] || "wait");
            write(line.cells[2], size(bytes));
            write(line.cells[3], took(duration));
            line.cells[4].firstElementChild.style.marginLeft = `${100 * (start - begin) / whole}%`;
            line.cells[4].firstElementChild.style.width = `${100 * duration / whole}%`;
        });
}

function drawHistory() {
    const history = known.history || [];
    find("history").hidden = history.length === 0;
    find("no-history").hidden = history.length > 0;
    const table = find("history").firstElementChild;
    const head = table.tHead;
    head.dataset.key = "head";
    keep(table, [{ name: "head" }, ...history], series => series.name, createSeries,
        (group, series) => group === head || fillSeries(group, series));
}

/* Buttons that may not be used say why, and stay within reach of the keyboard. */
function drawRights() {
    const rights = known.rights;
    find("rights").hidden = !rights || rights.allowed;
    if (rights && !rights.allowed)
        write(find("rights"), `You may look, and change nothing: ${rights.user} is not in group ${GROUP}. `
            + "Turn on administrative access, or have the account added to the group.");
    const buttons = document.querySelectorAll("#actions button, #servers button, #firmware button");
    for (const button of buttons) {
        const reason = rights && !rights.allowed ? "rights" : firmwareObstacle(button) && "firmware-reason";
        mark(button, "aria-disabled", String(Boolean(reason) || button.dataset.busy === "yes"));
        if (reason)
            mark(button, "aria-describedby", reason);
        else
            button.removeAttribute("aria-describedby");
    }
}

const draw = throttled(DRAW_INTERVAL, () => {
    drawAway();
    if (known.away)
        return;
    drawStatus();
    drawServers();
    drawFirmware();
    drawHistory();
    drawRights();
});

/* ---- The bus ---- */

/* The contents of variants, one level deep. */
const plain = values => Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.v]));

let client = null;      // the connection to the daemon, while it is there

function ask(path, iface, member, type, args) {
    return client.call(path, iface, member, args, { type, timeout: CALL_TIMEOUT });
}

function away(title, text, service) {
    known.away = { title, sentence: text, service };
    if (client)
        client.close();
    client = null;
    Object.assign(known, { manager: null, servers: new Map(), objects: [], history: null,
        firmware: null, updates: null });
    known.texts.clear();
    known.definitions.clear();
    drawObjects();
    draw();
}

function takeManager(values) {
    known.manager = { ...known.manager, ...plain(values) };
    loadHistory();
    // What it waits for may have moved because its clock was set.
    if ("NextRetryTimestamp" in values)
        readClock();
}

function takeServers([objects]) {
    const servers = Object.entries(objects).filter(([, interfaces]) => SERVER in interfaces);
    known.servers = new Map(servers.map(([path, interfaces]) => [path, plain(interfaces[SERVER])]));
}

function takeSignal(path, iface, member, args) {
    if (iface === PROPERTIES && member === "PropertiesChanged") {
        if (args[0] === MANAGER && known.manager)
            takeManager(args[1]);
        else if (args[0] === SERVER && known.servers.has(path))
            Object.assign(known.servers.get(path), plain(args[1]));
        else if (args[0] === FIRMWARE && known.firmware)
            takeFirmware(args[1]);
    } else if (iface === OBJECT_MANAGER) {
        loadServers();
        loadFirmware();
    } else if (iface === OBJECTS) {
        poll();
    }
    draw();
}

/* What may fail because the daemon has gone meanwhile, which is said elsewhere, or is older than this. */
function loader(iface, member, take) {
    return throttled(DRAW_INTERVAL, async () => {
        const asked = client;
        try {
            const answer = await ask(PATH, iface, member, "", []);
            if (asked === client)
                take(answer);
        } catch (problem) {
            console.debug("lwm2m:", problem.message);
        }
        draw();
    });
}

const loadServers = loader(OBJECT_MANAGER, "GetManagedObjects", takeServers);
const loadUpdates = loader(FIRMWARE, "GetHistory", takeUpdates);
/* Where the clock was set far back, several begin at the same moment. */
const loadHistory = loader(MANAGER, "GetHistory", ([history]) => {
    const same = new Map();
    known.history = history.map(plain);
    for (const series of [...known.history].reverse()) {
        same.set(series.Start, (same.get(series.Start) || 0) + 1);
        series.name = `${series.Start}-${same.get(series.Start)}`;
    }
});

async function connect() {
    const opened = cockpit.dbus(NAME, { bus: "system" });
    client = opened;
    opened.subscribe({ path_namespace: PATH }, takeSignal);
    try {
        // One after the other: what was answered is taken before a later signal is.
        takeServers(await ask(PATH, OBJECT_MANAGER, "GetManagedObjects", "", []));
        const [manager] = await ask(PATH, PROPERTIES, "GetAll", "s", [MANAGER]);
        if (opened !== client)
            return;
        known.away = null;
        takeManager(manager);
        draw();
        poll();
        loadFirmware();
    } catch (problem) {
        if (opened === client)
            away("The client does not answer", `${cockpit.message(problem)}. Its journal says more.`, true);
    }
}

/* The bus says whether the daemon is there, so nobody is asked while it is not. */
function watchBus() {
    const bus = cockpit.dbus(DRIVER, { bus: "system" });
    let owner = null;
    function take(name) {
        if (name === owner)
            return;
        owner = name;
        if (name) {
            away("Looking for the client", "", false);
            connect();
        } else {
            away("The client is not running",
                "Its service is stopped or has failed. This page goes on as soon as it runs.", true);
        }
    }
    bus.subscribe({ interface: DRIVER, member: "NameOwnerChanged", arg0: NAME },
        (path, iface, member, args) => take(args[2]));
    bus.addEventListener("close", () => {
        away("The connection to the system bus is lost", "Nothing is known of the client meanwhile. "
            + "The page goes on as soon as the bus is back, if Cockpit asks for no new login.", false);
        setTimeout(watchBus, RETRY_INTERVAL);
    });
    bus.call(DRIVER_PATH, DRIVER, "GetNameOwner", [NAME], { type: "s" }).then(([name]) => take(name),
        problem => problem.name && take(""));
}

const readClock = throttled(CLOCK_SPACING, () => clock.read().then(draw));

/* ---- Objects: lists and values have no signal, so they are looked at while somebody sees the page ---- */

/* A Resource of a definition with its name, in braces or on lines of its own. What this does not find is
   shown by its number. */
const NAMED =
    /^[ \t]+(\d+):[ \t]*(?:\{[^}\n]*?\b|(?:\n[ \t]+.*)*?\n[ \t]+)name:[ \t]*("[^"]*"|'[^']*'|[^,}\n]+)/gm;

/* The names of an Object and of its Resources. */
async function define(id) {
    const [own, ...names] = OWN_NAMES[id] || [""];
    const definition = { name: own, resources: new Map(names.map((name, resource) => [resource, name])) };
    known.definitions.set(id, definition);
    if (own)
        return;
    for (const folder of DEFINITIONS) {
        let text = null;
        try {
            text = await cockpit.file(`${folder}/${id}.yaml`).read();
        } catch (problem) {
            continue;   // a folder that this account may not read
        }
        if (!text)
            continue;
        const clean = words => words.trim().replace(/^(["'])(.*)\1$/, "$2");
        const name = text.match(/^name:(.*)$/m);
        definition.name = name ? clean(name[1]) : "";
        for (const [, number, words] of text.matchAll(NAMED))
            definition.resources.set(Number(number), clean(words));
        break;
    }
    drawObjects();
}

/* The texts of the Objects that are open, by Object Instance. */
function takeTexts([values]) {
    known.texts.clear();
    for (const value of values) {
        const instance = value[0].split("/", 3).join("/");
        if (!known.texts.has(instance))
            known.texts.set(instance, []);
        known.texts.get(instance).push(value);
    }
}

/* What is there for the first time: what others publish is open, as long as it is little. */
function openFirst() {
    let room = OPEN_INSTANCES;
    for (const [id, , instances] of known.objects) {
        if (!known.definitions.has(id))
            define(id);
        if (known.seen.has(id))
            continue;
        known.seen.add(id);
        if (id >= OWN_OBJECTS && (room -= instances.length) >= 0)
            known.open.add(id);
    }
}

/* What others publish comes first: it is what this machine is about. */
function takeObjects([objects]) {
    const own = ([id]) => Number(id < OWN_OBJECTS);
    known.objects = objects.sort((a, b) => own(a) - own(b) || a[0] - b[0]);
    openFirst();
}

/* One after the other, until the client is another one. */
async function look() {
    const asked = client;
    const servers = await ask(PATH, OBJECT_MANAGER, "GetManagedObjects", "", []);
    if (asked !== client)
        return;
    takeServers(servers);
    const objects = await ask(PATH, OBJECTS, "GetObjects", "", []);
    if (asked !== client)
        return;
    takeObjects(objects);
    const open = known.objects.filter(([id]) => known.open.has(id)).map(([id]) => `/${id}`);
    const texts = open.length ? await ask(PATH, OBJECTS, "GetTexts", "as", [open]) : [[]];
    if (asked === client)
        takeTexts(texts);
}

let nextPoll = 0;

const poll = throttled(DRAW_INTERVAL, async () => {
    clearTimeout(nextPoll);
    if (cockpit.hidden || !client || known.away)
        return;
    const begun = performance.now(), asked = client;
    let problem = "";
    try {
        await look();
    } catch (error) {
        problem = asked === client ? `The values could not be read: ${cockpit.message(error)}.` : "";
    }
    find("objects-problem").hidden = !problem;
    write(find("objects-problem"), problem);
    drawObjects();
    draw();
    nextPoll = setTimeout(poll, Math.max(POLL_INTERVAL, POLL_SHARE * (performance.now() - begun)));
});

/* ---- What an operator does ---- */

let forget = 0;

function say(text, tone) {
    const answer = find("answer");
    answer.textContent = text;
    answer.className = tone;
    clearTimeout(forget);
    if (tone === "good")
        forget = setTimeout(() => write(answer, ""), 8000);
}

function refusal(problem) {
    if (problem.name === "org.freedesktop.DBus.Error.AccessDenied")
        return `Refused: this is for root and members of group ${GROUP}.`;
    if (problem.problem === "access-denied")
        return "Refused: administrative access was taken away meanwhile.";
    if (problem.problem === "not-found")
        return "The client is not running.";
    return `Refused: ${cockpit.message(problem)}`;
}

async function act(button, path, iface, member, type, args, done) {
    if (button.getAttribute("aria-disabled") === "true") {
        const reason = button.getAttribute("aria-describedby");
        if (reason)
            say(find(reason).textContent, "bad");
        return;
    }
    button.dataset.busy = "yes";
    drawRights();
    // Opened for this call alone: administrative access may have come or gone since the last one.
    const actor = cockpit.dbus(NAME, { bus: "system", superuser: "try" });
    try {
        await actor.call(path, iface, member, args, { type, timeout: CALL_TIMEOUT });
        say(done, "good");
    } catch (problem) {
        say(refusal(problem), "bad");
    }
    actor.close();
    delete button.dataset.busy;
    drawRights();
}

/* Who may act: root, administrators, operators. Cockpit loads the page anew when administrative access comes
   or goes. */
function watchRights() {
    const permission = cockpit.permission({ admin: true });
    function changed() {
        const user = permission.user;
        if (permission.allowed === null || !user)
            return;
        const operates = (user.groups || []).includes(GROUP);
        known.rights = { user: user.name, allowed: permission.allowed || operates };
        drawRights();
    }
    permission.addEventListener("changed", changed);
    changed();
}

/* ---- The page around it ---- */

/* Cockpit's own switch, else what the browser prefers. */
function followTheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    function set(style) {
        const wanted = style || localStorage.getItem("shell:style") || "auto";
        document.documentElement.dataset.theme = wanted === "dark" || (wanted === "auto" && dark.matches)
            ? "dark" : "light";
    }
    dark.addEventListener("change", () => set());
    window.addEventListener("storage", event => event.key === "shell:style" && set());
    window.addEventListener("cockpit-style", event => set(event.detail.style));
    set();
}

/* The letters of the page around this one; where they lie differs between versions of Cockpit. */
function followFont() {
    const sheets = window.parent === window ? [] : [...window.parent.document.styleSheets];
    for (const { style } of sheets.flatMap(sheet => [...sheet.cssRules])) {
        if (!style || !/^"?Red ?Hat ?Text"?$/.test(style.getPropertyValue("font-family")) || !style.src)
            continue;
        const of = name => style.getPropertyValue(name) || undefined;
        document.fonts.add(new FontFace("shell", of("src"), { weight: of("font-weight"),
            style: of("font-style"), unicodeRange: of("unicode-range") }));
    }
}

function start() {
    followTheme();
    followFont();
    find("bootstrap").addEventListener("click", event => act(event.currentTarget, PATH, MANAGER, "Bootstrap",
        "a{sv}", [{}], "A bootstrap has begun."));
    find("restart").addEventListener("click", event => act(event.currentTarget, PATH, MANAGER, "Restart",
        "", [], "All sessions are closed; it begins again."));
    startFirmware();
    find("service").addEventListener("click", () => cockpit.jump(`/system/services#/${SERVICE}`));
    cockpit.addEventListener("visibilitychange", () => {
        if (cockpit.hidden)
            return;
        readClock();
        poll();
    });
    watchBus();
    watchRights();
    readClock();
    setInterval(() => cockpit.hidden || readClock(), CLOCK_INTERVAL);
    setInterval(() => cockpit.hidden || draw(), TICK_INTERVAL);
}

start();
