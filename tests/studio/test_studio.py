"""Goes through the Studio as somebody with a browser does, and looks at every page with axe-core.

API, KEY and PHOTOS_DIR say where, as whom and with which photos; ADMIN, if given, shows the operator's page too.
Screenshots go to target/studio-shots, or to SHOTS.
"""

import functools
import os
import pathlib
import re
import sys
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

API = os.environ["API"].rstrip("/")
KEY = os.environ["KEY"]
ADMIN = os.environ.get("ADMIN")
PHOTOS = sorted(path for path in pathlib.Path(os.environ["PHOTOS_DIR"]).iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"})
SHOTS = pathlib.Path(os.environ.get("SHOTS", "target/studio-shots"))
TRAINING_MS = 45_000
ENOUGH = 12
# A database may have the characters of earlier runs.
RUN = int(time.time()) % 100_000
NAME = f"Sarah {RUN}"
UNTRAINED = f"Nora {RUN}"


class Visit:
    """One tab, with what its console complained about."""

    def __init__(self, browser, **options):
        self.context = browser.new_context(accept_downloads=True, **options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.complaints = []
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def shot(self, name):
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def accessible(self, where):
        # A colour on its way to another one is none of either.
        self.page.evaluate("Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))")
        found = Axe().run(self.page).response["violations"]
        said = [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes']][:3]}" for one in found]
        assert not said, f"axe-core at {where}: {said}"

    def fits(self, where):
        over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{where} is {over} px wider than the window"

    def heading(self, name):
        expect(self.page.get_by_role("heading", level=1, name=name)).to_be_visible()

    def balance(self):
        return int(re.sub(r"\D", "", self.page.locator(".balance strong").inner_text()))

    def posted(self, ending, act):
        """What is posted to an address with this ending while something is done."""
        with self.page.expect_request(lambda request: request.method == "POST" and request.url.endswith(ending)) as sent:
            act()
        return sent.value.post_data_json

    def go(self, place, name):
        self.page.goto(f"{API}/studio#/{place}")
        self.heading(name)


def sign_in(visit):
    """A wrong key is refused in words, a right one is taken; a link signs in and leaves no trace."""
    page = visit.page
    page.goto(f"{API}/studio")
    visit.heading("Welcome")
    visit.accessible("sign in")
    visit.shot("sign-in")
    page.get_by_label("Your key").fill("sk-wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("key")
    page.get_by_label("Your key").fill(KEY)
    page.get_by_label("Your key").press("Enter")
    visit.heading("Characters")
    expect(page.get_by_role("link", name=re.compile("credits? left"))).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    visit.heading("Welcome")
    page.goto("about:blank")
    page.goto(f"{API}/studio#key={KEY}")
    visit.heading("Characters")
    assert "key" not in page.url, page.url
    visit.complaints.clear()  # The refused key is a 401 in the console.


def upload(visit):
    """Photos are checked as they come, survive a reload, and become a character in training that survives one, too."""
    page = visit.page
    page.get_by_role("link", name="New", exact=True).click()
    visit.heading("New character")
    no_photo = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no photo"}
    page.get_by_label("Choose photos").set_input_files([str(path) for path in PHOTOS[: ENOUGH - 3]])
    page.get_by_label("Choose photos").set_input_files([str(PHOTOS[0])])
    page.get_by_label("Choose photos").set_input_files([no_photo])
    expect(page.get_by_text("Not a JPEG, PNG or WebP")).to_be_visible()
    expect(page.get_by_text("The same file as")).to_be_visible()
    expect(page.get_by_text("Add 1 more photo")).to_be_visible()
    page.get_by_role("button", name="Remove notes.txt").click()
    page.get_by_role("button", name=f"Remove {PHOTOS[0].name}").last.click()
    drop(page, PHOTOS[ENOUGH - 3 : ENOUGH])
    expect(page.get_by_text(f"{ENOUGH} photos, {ENOUGH} to be used")).to_be_visible()
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_text("Steps and more").click()
    page.get_by_label("Steps", exact=True).fill("1")
    visit.accessible("new character")
    visit.shot("new")
    train = page.get_by_role("button", name=re.compile("Train the character · 500 credits"))
    page.get_by_text("Steps and more").click()
    train.click()
    assert page.get_by_label("Steps", exact=True).evaluate("one => one.matches(':focus') && one.validity.rangeUnderflow")
    page.get_by_label("Steps", exact=True).fill("750")
    page.reload()
    expect(page.get_by_text(f"{ENOUGH} photos, {ENOUGH} to be used")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value(NAME)
    expect(page.get_by_label("Steps", exact=True)).to_have_value("750")
    ordered = interrupted(visit)
    assert ordered["steps"] == 750 and "rank" not in ordered, ordered
    page.wait_for_url(re.compile("#/character/char_"), timeout=30_000)
    visit.heading(NAME)
    visit.shot("training")
    page.reload()
    expect(page.get_by_label("What is on the picture?")).to_be_visible(timeout=TRAINING_MS)
    return ordered["image_urls"]


def as_customer():
    return {"Authorization": f"Bearer {KEY}"}


def drop(page, paths):
    """Drops files as a mouse does."""
    import base64

    files = [[path.name, base64.b64encode(path.read_bytes()).decode()] for path in paths]
    page.evaluate(
        """(files) => {
            const data = new DataTransfer();
            for (const [name, bytes] of files) data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name));
            document.querySelector(".drop").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        files,
    )


def interrupted(visit):
    """The connection breaks during an upload, and the tab is reloaded in the middle: it goes on by itself, and orders once. What it ordered."""
    page, broken, created = visit.page, [], []
    listen = lambda request: request.url.endswith("/characters/create") and created.append(request.post_data_json)
    page.on("request", listen)

    def break_one(route):
        if route.request.method == "PUT" and len(broken) < 1:
            broken.append(route.request.url)
            route.abort()
        else:
            time.sleep(0.1)
            route.continue_()

    page.route("**/uploads/**", break_one)
    page.get_by_role("button", name=re.compile("Train the character")).click()
    expect(page.get_by_text(re.compile(r"Uploading photos: [3-9] of")).first).to_be_visible()
    page.reload()
    page.wait_for_url(re.compile("#/character/char_"), timeout=30_000)
    page.unroute("**/uploads/**")
    page.remove_listener("request", listen)
    assert broken and len(created) == 1, (broken, created)
    visit.complaints.clear()  # The broken connection.
    return created[0]


def answered(data, route):
    route.fulfill(json={"success": True, "data": data})


def priced(visit):
    """What a picture costs is what the trainer of its base says, or any where that is gone, or nothing is said."""
    page = visit.page
    for trainers, label in [
        ([("krea-2", 3), ("flux-1", 7)], "Make 1 picture · 7 credits"),
        ([("krea-2", 3)], "Make 1 picture · 3 credits"),
        ([], "Make 1 picture"),
    ]:
        told = {"trainers": [{"base": base, "picture_price": price} for base, price in trainers]}
        answer = functools.partial(answered, told)
        page.route("**/api/v1/models?type=character", answer)
        page.reload()
        expect(page.get_by_role("button", name=label, exact=True)).to_be_visible()
        page.unroute("**/api/v1/models?type=character", answer)
    page.reload()


def generate(visit):
    """Pictures are ordered, arrive, are looked at in full, saved, and made again with their seed."""
    page = visit.page
    page.get_by_label("What is on the picture?").fill("at the sea, golden hour")
    page.get_by_label("Pictures", exact=True).select_option("2")
    page.get_by_role("button", name=re.compile("Make 2 pictures · 30 credits")).click()
    picture = page.get_by_role("button", name="Picture 1: at the sea, golden hour")
    expect(picture).to_be_visible(timeout=30_000)
    # Asked of the elements, for the page's policy lets nobody evaluate a text.
    for image in page.locator(".tile img").all():
        expect(image).to_have_js_property("complete", True, timeout=30_000)
        expect(image).not_to_have_js_property("naturalWidth", 0)
    visit.accessible("character")
    visit.shot("character")
    picture.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("seed", exact=True)).to_be_visible()
    page.wait_for_timeout(300)
    visit.accessible("picture")
    visit.shot("picture")
    with page.expect_download() as saved:
        dialog.get_by_role("link", name="Download").click()
    assert saved.value.path().stat().st_size > 1000
    dialog.get_by_role("button", name="Again with this seed").click()
    expect(page.get_by_label("Seed", exact=True)).not_to_have_value("")
    expect(page.get_by_label("What is on the picture?")).to_have_value("at the sea, golden hour")
    page.get_by_label("Shape").select_option("3:4")
    page.get_by_role("button", name=re.compile("Make 2 pictures")).click()
    expect(page.get_by_role("button", name="Picture 1: at the sea, golden hour")).to_have_count(2, timeout=30_000)


def pick(page, count=2):
    """Picks the first pictures with the keyboard, and opens the comparison."""
    boxes = page.get_by_role("checkbox", name=re.compile("Compare picture"))
    expect(boxes.nth(3)).to_be_visible()
    for n in range(count):
        boxes.nth(2 * n % 3).press("Space")
    page.get_by_role("button", name="Compare", exact=True).press("Enter")
    return page.get_by_role("dialog", name="Side by side")


def compare(visit):
    """Pictures with the same seed and another shape are seen side by side, and what differs is said."""
    page = visit.page
    side = pick(page)
    expect(side.get_by_text("Not the same: aspect ratio.")).to_be_visible()
    expect(side.get_by_role("listitem")).to_have_count(2)
    expect(side.get_by_text("differs")).to_have_count(2)
    visit.accessible("comparison")
    page.keyboard.press("Escape")
    expect(side).to_be_hidden()
    expect(page.get_by_role("button", name="Compare", exact=True)).to_be_focused()
    boxes = page.get_by_role("checkbox", name=re.compile("Compare picture"))
    boxes.nth(1).check()
    boxes.nth(3).check()
    expect(page.get_by_text("4 picked. That is as many as fit.")).to_be_visible()
    visit.accessible("four picked")
    page.get_by_role("button", name="Clear").click()
    expect(boxes.nth(0)).not_to_be_checked()


def without_training(visit, trained):
    """A character out of two photos is ready at once, is trained later on ten, and has only its own pictures."""
    page = visit.page
    word = page.request.get(f"{API}/api/v1/characters/{trained}", headers=as_customer()).json()["data"]["trigger_word"]
    visit.go("new", "New character")
    page.get_by_label("Choose photos").set_input_files([str(path) for path in PHOTOS[:2]])
    expect(page.get_by_text("Add 8 more photos")).to_be_visible()
    page.get_by_label(re.compile("Without training")).check()
    expect(page.get_by_text("That is enough photos.")).to_be_visible()
    expect(page.get_by_label("Trained on")).to_have_count(0)
    page.get_by_label("Name", exact=True).fill(UNTRAINED)
    page.reload()
    expect(page.get_by_label(re.compile("Without training"))).to_be_checked()
    expect(page.get_by_text("2 photos, 2 to be used")).to_be_visible()
    visit.accessible("without training")
    visit.shot("without-training")
    ordered = visit.posted("/characters/create", page.get_by_role("button", name="Create the character").click)
    assert ordered["mode"] == "reference" and "base" not in ordered, ordered
    page.wait_for_url(re.compile("#/character/char_"))
    visit.heading(UNTRAINED)
    page.get_by_label("What is on the picture?").fill(f"at the sea with {word}")
    page.get_by_role("button", name=re.compile(r"Make 1 picture · \d+ credits")).click()
    expect(page.get_by_role("button", name=re.compile("^Picture 1"))).to_have_count(1, timeout=30_000)
    character = page.url.rsplit("/", 1)[1]
    train_later(visit)
    visit.go(f"character/{trained}", NAME)
    expect(page.get_by_role("button", name="Picture 1: at the sea, golden hour")).to_have_count(2)
    expect(page.get_by_role("button", name=re.compile(f"with {word}"))).to_have_count(0)
    return character


def train_later(visit):
    """Its photos are completed to ten, which a reload does not lose; its pictures go on meanwhile."""
    page = visit.page
    page.get_by_role("link", name="Train it").click()
    visit.heading(f"Train {UNTRAINED}")
    page.get_by_label("Choose photos").set_input_files([str(path) for path in PHOTOS[2:9]])
    expect(page.get_by_text("Add 1 more photo")).to_be_visible()
    page.get_by_label("Choose photos").set_input_files([str(PHOTOS[9])])
    page.get_by_text("Steps and more").click()
    page.get_by_label("Steps", exact=True).fill("600")
    page.reload()
    expect(page.get_by_text("8 photos, 8 to be used")).to_be_visible()
    expect(page.get_by_label("Steps", exact=True)).to_have_value("600")
    visit.accessible("train later")
    visit.shot("train-later")
    ordered = visit.posted("/train", page.get_by_role("button", name="Train the character · 500 credits").click)
    assert len(ordered["image_urls"]) == 8 and ordered["steps"] == 600, ordered
    page.wait_for_url(re.compile("#/character/char_"), timeout=30_000)
    expect(page.get_by_text("The character is being trained")).to_be_visible()
    expect(page.get_by_label("What is on the picture?")).to_be_visible()
    visit.accessible("trained later")
    visit.shot("trained-later")
    page.get_by_role("button", name="Use it").click(timeout=TRAINING_MS)
    expect(page.get_by_text(re.compile("10 photos · flux-1"))).to_be_visible()
    expect(page.get_by_label("Pictures", exact=True).locator("option")).to_have_count(4)


def cancel(visit, photos):
    """A training that would never end is canceled, and its credits come back."""
    page = visit.page
    before = visit.balance()
    data = {"image_urls": photos, "name": f"Hanna {RUN}", "trigger_word": f"SIM_HANG_{RUN}"}
    made = page.request.post(f"{API}/api/v1/characters/create", headers=as_customer(), data=data).json()["data"]
    visit.go(f"character/{made['character_id']}", data["name"])
    page.reload()
    expect(page.locator(".balance strong")).to_have_text(f"{before - 500:,}")
    page.get_by_role("button", name="Cancel the training").click()
    question = page.get_by_role("dialog", name="Cancel the training?")
    expect(question.get_by_text("credits are given back")).to_be_visible()
    visit.accessible("cancel")
    visit.shot("cancel")
    question.get_by_role("button", name="Go on training").click()
    expect(page.get_by_text("The character is being trained")).to_be_visible()
    page.get_by_role("button", name="Cancel the training").click()
    question.get_by_role("button", name="Cancel the training").click()
    expect(page.get_by_role("heading", name="The training was canceled")).to_be_visible(timeout=30_000)
    expect(page.locator(".balance strong")).to_have_text(f"{before:,}")
    visit.accessible("canceled")
    visit.shot("canceled")
    return made["character_id"]


def look_around(visit):
    """Every other page shows what there is."""
    page = visit.page
    # Pictures that are not among the latest tasks of all are found by their character.
    latest, none = "**/api/v1/tasks?type=image&status=completed&limit=100", {"tasks": [], "nextCursor": "9"}
    page.route(latest, functools.partial(answered, none))
    visit.go("characters", "Characters")
    card = page.get_by_role("link", name=f"{NAME}, Ready")
    expect(card.locator("img").first).to_be_visible()
    page.unroute(latest)
    page.wait_for_timeout(300)
    visit.accessible("characters")
    visit.shot("characters")
    visit.go("tasks", "Tasks")
    expect(page.get_by_text("at the sea, golden hour").first).to_be_visible()
    visit.accessible("tasks")
    visit.shot("tasks")
    visit.go("ledger", "Ledger")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("fits the one before").first).to_be_attached()
    visit.accessible("ledger")
    visit.shot("ledger")
    visit.go("deliveries", "Deliveries")
    visit.accessible("deliveries")
    visit.shot("deliveries")
    visit.go("models", "Models")
    visit.accessible("models")
    visit.shot("models")
    visit.go("model/flux-2-pro-text-to-image", re.compile("FLUX.2"))
    page.get_by_label("Prompt").fill("a fox in the snow")
    expect(page.get_by_role("button", name=re.compile("Run · 15 credits"))).to_be_visible()
    page.get_by_role("button", name=re.compile("Run")).click()
    expect(page.get_by_role("button", name="Picture 1: a fox in the snow")).to_be_visible(timeout=30_000)
    visit.accessible("model")
    visit.shot("model")


def play(visit):
    """A song is made and has a player."""
    page = visit.page
    visit.go("model/suno-v5-generate-music", re.compile("Music"))
    page.get_by_label("Prompt").first.fill("a calm song about the sea")
    page.get_by_role("button", name=re.compile("Run")).click()
    expect(page.locator("audio")).to_be_visible(timeout=30_000)
    visit.accessible("song")
    visit.shot("song")


def operate(visit):
    """The operator opens an account, adds credits, makes a key, looks at the accounts and the sweep, and asks the doctor."""
    page = visit.page
    visit.go("operator", "Operator")
    page.get_by_label("Admin token").fill(ADMIN)
    page.get_by_role("button", name="Unlock").click()
    page.get_by_label("Name", exact=True).fill("Sarah Ltd")
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("button", name="Add credits").click()
    page.get_by_label("Used from these networks only").fill("203.0.113.0/24, 2001:db8::/32")
    page.get_by_role("button", name="Make a key").click()
    expect(page.get_by_text("shown only once")).to_be_visible()
    expect(page.get_by_text("from 203.0.113.0/24, 2001:db8::/32 only")).to_be_visible()
    page.get_by_role("button", name="List them").click()
    expect(page.get_by_role("button", name="Sarah Ltd")).to_be_visible()
    page.get_by_role("button", name="Show the latest rounds").click()
    expect(page.get_by_text(re.compile("The last round was|Nobody has called the sweep"))).to_be_visible()
    page.get_by_role("button", name="Show the latest", exact=True).click()
    expect(page.get_by_text("Nothing was withheld.")).to_be_visible()
    page.get_by_role("button", name="Show takedowns").click()
    expect(page.get_by_text("Nobody asked for any.")).to_be_visible()
    page.get_by_role("button", name="Examine").click()
    expect(page.get_by_text(re.compile("Money is safe|money is safe"))).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Audit the ledgers").click()
    expect(page.get_by_text("no violations")).to_be_visible(timeout=30_000)
    visit.accessible("operator")
    visit.shot("operator")


def everywhere(browser, character):
    """Narrow and wide, dark and light: nothing sticks out, nothing is hard to read."""
    places = {"characters": "characters", "new": "new", "character": f"character/{character}", "tasks": "tasks", "ledger": "ledger", "models": "models", "model": "model/suno-v5-generate-music"}
    for width, scheme in [(320, "light"), (320, "dark"), (1440, "dark")]:
        visit = Visit(browser, viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")
        visit.page.goto(f"{API}/studio#key={KEY}")
        visit.heading("Characters")
        for name, place in places.items():
            visit.page.goto(f"{API}/studio#/{place}")
            visit.page.wait_for_selector(".page h1")
            visit.page.wait_for_timeout(250)
            if name == "new":
                visit.page.get_by_text("Steps and more").click()
            visit.fits(f"{name} at {width} px")
            visit.accessible(f"{name} at {width} px, {scheme}")
            visit.shot(f"{name}-{width}-{scheme}")
            if name == "character":
                pick(visit.page, 3)
                visit.fits(f"comparison at {width} px")
                visit.accessible(f"comparison at {width} px, {scheme}")
                visit.page.screenshot(path=SHOTS / f"comparison-{width}-{scheme}.png")
        assert not visit.complaints, visit.complaints
        visit.context.close()


def delete(visit, character):
    """A character goes with all it had, and says with what."""
    page = visit.page
    visit.go(f"character/{character}", NAME)
    page.get_by_role("button", name="Delete", exact=True).click()
    visit.shot("delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
    visit.heading(re.compile("deleted"))
    expect(page.get_by_role("row", name=re.compile("^Photos deleted"))).to_be_visible()
    visit.accessible("deleted")
    visit.shot("deleted")


def main():
    assert len(PHOTOS) >= ENOUGH, f"{len(PHOTOS)} photos in PHOTOS_DIR, {ENOUGH} are needed"
    SHOTS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with sync_playwright() as playwright:
        chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        visit = Visit(browser, viewport={"width": 1280, "height": 860})

        def step(name, flow, *more):
            print(f"{time.monotonic() - began:5.1f} s  {name}", flush=True)
            try:
                given = flow(*more)
                assert not visit.complaints, f"the console says: {visit.complaints}"
                return given
            except BaseException:
                visit.shot("failed")
                print(f"FAILED: {name}. See {SHOTS}/failed.png. The console says: {visit.complaints}", file=sys.stderr)
                raise

        step("sign in", sign_in, visit)
        photos = step("photos, and a training", upload, visit)
        character = visit.page.url.rsplit("/", 1)[1]
        step("prices", priced, visit)
        step("pictures", generate, visit)
        step("side by side", compare, visit)
        untrained = step("a character without training, and its training", without_training, visit, character)
        canceled = step("a training canceled", cancel, visit, photos)
        step("the other pages", look_around, visit)
        step("a song", play, visit)
        if ADMIN:
            step("the operator's page", operate, visit)
        step("narrow and wide, dark and light", everywhere, browser, character)
        step("delete", delete, visit, character)
        for other in [untrained, canceled]:
            visit.page.request.delete(f"{API}/api/v1/characters/{other}", headers=as_customer())
        browser.close()
    print(f"{time.monotonic() - began:5.1f} s  all is well; screenshots are in {SHOTS}")


if __name__ == "__main__":
    main()
