"""The work by httpx and pydantic: see `benches/examples/clients/main.rs`, which says what it is and how it is started."""

import asyncio
import os
import sys
from typing import Generic, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.alias_generators import to_pascal

PAGE = 1_000
AT_ONCE = 8


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)


class Account(Model):
    id: str
    name: str
    external_id: str
    industry: str
    site: str
    annual_revenue: int
    description: str
    is_active: bool


class Contact(Model):
    external_id: str
    first_name: str
    last_name: str
    email: str
    title: str


Data = TypeVar("Data")


class Envelope(Model, Generic[Data]):
    success: bool
    data: Data | None
    has_more_records: bool | None = None


ONE = TypeAdapter(Envelope[Account])
PAGES = TypeAdapter(Envelope[list[Account]])
ID = TypeAdapter(Envelope[str])


def contact(number):
    return Contact(
        external_id=f"X-{number}",
        first_name="Ann",
        last_name=f"Lee {number}",
        email=f"ann.lee.{number}@example.com",
        title="Buyer",
    )


class Seen:
    """Which of the numbered accounts came by."""

    def __init__(self, count):
        self.numbers = bytearray(count)
        self.count = 0

    def add(self, account):
        number = int(account.id[-12:])
        texts = [account.name, account.external_id, account.industry, account.site, account.description]
        is_whole = account.annual_revenue == number and account.is_active == (number % 2 == 0) and all(texts)
        if not is_whole or self.numbers[number]:
            sys.exit(f"account {number} is not as it was, or came twice")
        self.numbers[number] = 1
        self.count += 1


class Client:
    def __init__(self, http, token):
        self.http = http
        self.root = os.environ["CONGA_BASE_URI"] + "/api/data/v1"
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    async def send(self, shape, method, path, **options):
        answer = await self.http.request(method, self.root + path, headers=self.headers, **options)
        envelope = shape.validate_json(answer.raise_for_status().content)
        if not envelope.success:
            sys.exit("the answer says that it failed")
        return envelope

    async def post(self, shape, path, body):
        return (await self.send(shape, "POST", path, content=body)).data

    async def get(self, number):
        return (await self.send(ONE, "GET", f"/Account/00000000-0000-4000-8000-{number:012}")).data

    async def get_each(self, count):
        seen = Seen(count)
        for number in range(count):
            seen.add(await self.get(number))
        return seen.count

    async def list(self, count):
        seen, number, more = Seen(count), 1, True
        while more:
            page = await self.send(PAGES, "GET", "/Account", params={"pageSize": PAGE, "pageNumber": number})
            for account in page.data:
                seen.add(account)
            number, more = number + 1, page.has_more_records
        return seen.count

    async def create(self, count):
        ids, numbers = set(), iter(range(count))

        async def worker():
            for number in numbers:
                ids.add(await self.post(ID, "/Contact", contact(number).model_dump_json(by_alias=True)))

        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
        return len(ids)


async def main():
    job, count = sys.argv[1], int(sys.argv[2])
    async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(60, connect=10)) as http:
        form = {
            "grant_type": "client_credentials",
            "client_id": os.environ["CONGA_CLIENT_ID"],
            "client_secret": os.environ["CONGA_CLIENT_SECRET"],
        }
        answer = await http.post(os.environ["CONGA_TOKEN_URI"], data=form)
        client = Client(http, answer.raise_for_status().json()["access_token"])
        await client.get(0)
        jobs = {"list": client.list, "get": client.get_each, "create": client.create}
        print("ready", flush=True)
        sys.stdin.readline()
        done = await jobs[job](count)
        if done != count:
            sys.exit(f"{done} of {count} done")
        print("done", flush=True)
        sys.stdin.read()


asyncio.run(main())
