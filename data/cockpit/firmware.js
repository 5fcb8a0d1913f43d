/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware update on the page, where the client has a back end for it: org.lwm2m.Client1.Firmware. What
   it uses is in lwm2m.js. */
"use strict";

const FIRMWARE = "org.lwm2m.Client1.Firmware";
const SURE_TIME = 5000;     // ms until a button that was pressed once wants to be asked again

/* Of each State: its words, how it looks, and why there is nothing to install or to cancel. */
const FIRMWARE_STATES = {
    "idle": ["Idle", "none", "There is no package to install, and nothing to cancel."],
    "downloading": ["Downloading", "busy", "It can be installed once all of it is here, and verified."],
    "downloaded": ["Downloaded", "wait", "The client cannot do that now."],
    "updating": ["Installing", "busy", "It is being installed, which nothing may interrupt."],
};
/* Of an Update Result; any other is an error. */
const UPDATE_TONES = { "initial": "none", "success": "good", "cancelled": "wait", "deferred": "wait",
    "running": "busy" };

const updateTone = name => UPDATE_TONES[name] || "bad";

/* What the package says of itself. */
const packageName = of => [of.PackageName, of.PackageVersion].filter(Boolean).join(" ");

/* Of the download, or the installation, under way: per cent; null: nobody knows. */
function firmwarePercent(firmware) {
    if (firmware.State === "updating")
        return firmware.Progress;
    return firmware.TotalBytes ? Math.min(100, Math.floor(100 * firmware.ReceivedBytes
        / firmware.TotalBytes)) : null;
}

function firmwareSentence(firmware) {
    const name = packageName(firmware) || "The package", percent = firmwarePercent(firmware);
    switch (firmware.State) {
    case "idle":
        return firmware.UpdateResult ? "No update is under way; this is what became of the last one."
            : "No update is under way.";
    case "downloading":
        return percent === null ? `${size(firmware.ReceivedBytes)} are here.`
            : `${size(firmware.ReceivedBytes)} of ${size(firmware.TotalBytes)} are here: ${percent} %.`;
    case "downloaded":
        return firmware.InstallTimestamp ? `${name} is here; its installation waits.`
            : `${name} is here, and nobody has asked for its installation yet.`;
    case "updating":
        return `${name} is being installed: ${percent} %.`;
    }
    return firmware.State;
}

function drawProgress(firmware) {
    const bar = find("firmware-progress"), percent = firmwarePercent(firmware);
    bar.hidden = !["downloading", "updating"].includes(firmware.State);
    if (percent === null)
        bar.removeAttribute("value");
    else
        mark(bar, "value", String(percent));
}

function createUpdate() {
    return make("tr", {}, make("td"), make("td", {}, make("span", { class: "pill" })),
        make("td", { class: "long" }), make("td", { class: "wide long" }),
        make("td", { class: "number wide" }), make("td", { class: "number wide" }));
}

function fillUpdate(row, update) {
    const [began, result, version, because, bytes, lasted] = row.cells;
    const name = update.End ? update.ResultName : "running";
    write(began, date(update.Start));
    write(result.firstElementChild, name);
    mark(result.firstElementChild, "data-tone", updateTone(name));
    write(version, packageName(update));
    write(because, update.ResultText);
    write(bytes, size(update.Size));
    write(lasted, took((update.End || clock.now() * 1000) - update.Start));
}

/* Beside drawRights(), which says who may: whether it is possible, else why not. */
function firmwareObstacle(button) {
    const firmware = known.firmware;
    if (!firmware || !button.dataset.can || firmware[button.dataset.can])
        return "";
    return (FIRMWARE_STATES[firmware.State] || FIRMWARE_STATES.downloaded)[2];
}

function drawFirmware() {
    const firmware = known.firmware;
    find("firmware").hidden = !firmware;
    if (!firmware)
        return;
    const [words, usual] = FIRMWARE_STATES[firmware.State] || [firmware.State, "none"];
    const tone = firmware.State === "idle" ? updateTone(firmware.ResultName) : usual;
    write(find("firmware-state"), words);
    mark(find("update"), "data-state", firmware.State);
    mark(find("update"), "data-tone", tone);
    write(find("firmware-sentence"), firmwareSentence(firmware));
    drawProgress(firmware);
    drawProblems(find("firmware-problems"), [[firmware.ResultName, updateTone(firmware.ResultName),
        firmware.ResultText]]);
    const waits = until(firmware.InstallTimestamp);
    fields(find("firmware-facts"), [
        ["Will be installed", firmware.InstallTimestamp && (waits > 0 ? `in ${span(waits)}` : "now")],
        ["Name", firmware.PackageName],
        ["Version", firmware.PackageVersion],
        ["From", firmware.PackageURI],
    ]);
    const reasons = ["install", "cancel"].map(id => firmwareObstacle(find(id))).filter(Boolean);
    find("firmware-reason").hidden = reasons.length === 0;
    write(find("firmware-reason"), reasons[0] || "");
    const updates = known.updates || [];
    find("updates").hidden = updates.length === 0;
    keep(find("updates").firstElementChild.tBodies[0], updates, update => update.ID + update.Start,
        createUpdate, fillUpdate);
}

function takeUpdates([updates]) {
    known.updates = updates.map(plain);
}

function takeFirmware(values) {
    const before = known.firmware || {};
    known.firmware = { ...before, ...plain(values) };
    if (known.firmware.State !== before.State || known.firmware.UpdateResult !== before.UpdateResult)
        loadUpdates();
}

/* Without a back end the client has no such interface. */
async function loadFirmware() {
    const asked = client;
    let values = null;
    try {
        [values] = await ask(PATH, PROPERTIES, "GetAll", "s", [FIRMWARE]);
    } catch (problem) {
        console.debug("lwm2m:", problem.message);
    }
    if (asked !== client)
        return;
    known.firmware = null;
    if (values)
        takeFirmware(values);
    draw();
}

/* The device may restart, so it has to be pressed twice. */
function surely(button, action) {
    const words = button.textContent;
    let sure = 0;
    return () => {
        clearTimeout(sure);
        if (button.getAttribute("aria-disabled") !== "true" && button.textContent === words) {
            write(button, "Really install?");
            sure = setTimeout(() => write(button, words), SURE_TIME);
            return;
        }
        write(button, words);
        action();
    };
}

function startFirmware() {
    const install = find("install"), cancel = find("cancel");
    install.addEventListener("click", surely(install, () => act(install, PATH, FIRMWARE, "Install", "", [],
        "The installation has begun.")));
    cancel.addEventListener("click", () => act(cancel, PATH, FIRMWARE, "Cancel", "", [],
        "The update is cancelled."));
}
