"""Tells what the market sells."""

from bots.replies import Say
from bots.scripts import Said, Script

PRICES = {"apples": 3, "bread": 4, "fish": 9}

bot = Script(aliases=["🔔"])


@bot.command("market", "prices")
def market(say: Say) -> None:
    """lists what is sold today"""
    say("\n".join(f"• {goods}: {price} pence" for goods, price in PRICES.items()))


@bot.command("buy")
def buy(said: Said, say: Say) -> None:
    """puts something into your basket: buy fish"""
    goods = said.rest.casefold()
    if goods in PRICES:
        say(f"Done, <@{said.user}>: {goods} for {PRICES[goods]} pence.")
    else:
        say(f"Nobody sells {goods or 'that'} here. Say `market` for what there is.")


@bot.match(r"how much (is|are) (the )?(?P<goods>\w+)")
def price(said: Said, say: Say) -> None:
    goods = said.match["goods"].casefold() if said.match else ""
    say(f"{PRICES[goods]} pence." if goods in PRICES else f"Nobody sells {goods} here.")
