/**
 * What the toy has read, and all it has read: a small tale of our own about a harbour and the
 * people who watch over it. The generator takes it apart into triples of words, so sentences share
 * words and turns on purpose: the more places a pair of words occurs in, the more it can vary.
 * A few letters beyond ASCII are there for everything that cuts streams into bytes.
 */
export const prose = `
The harbour wakes before the town does. A lamp is lit in the café by the pier, and the keeper of the
light comes down the hill with a thermos and a notebook. Every morning she writes down the same four
things: the wind, the water, the ships that came, and the ships that did not. The ships that did not
come are the ones she thinks about.

A good keeper knows the difference between silence and calm. Silence is when nobody has said
anything. Calm is when somebody has looked and found that all is well. The keeper of the light has
looked every night for thirty years, and she still looks twice when the water is too quiet.

The harbour master is a tall man who likes order. He has painted numbers on the pier and a line on
the wall for every flood. When the water is high he stands beside the line and waits. When the water
is low he walks along the pier and counts the boats. He counts the boats in the morning and he counts
the boats in the evening, and between the morning and the evening he drinks his coffee in the café
and talks about the weather with anybody who comes in.

There is a bell at the end of the pier. The bell is old and the rope is new. Children are told not to
ring it, and on the first warm day of the year every child in the town rings it once. Nobody minds.
The harbour master says that a bell which nobody rings is a bell which nobody can trust, and the
keeper of the light says the same thing about questions.

In the winter the small boats sleep in the long shed behind the market. The old sailmaker works there
with the door open, because she likes the smell of the sea and because she wants to hear the bell. She
mends a sail the way other people read a book: from one corner to the other, without hurry, and with a
finger on the place where she stopped. A torn sail is not a bad sail, she says. A torn sail has told
you where the wind is strong.

The pilot is the youngest of them. She learned the channel from her grandfather, who learned it from a
map with a coffee stain where the sandbank is. The sandbank moves a little every year, and so does the
map. A pilot who trusts the map more than the water will find the sandbank, says the pilot, and a pilot
who trusts the water more than the map will find it sooner. So she looks at the map, and then she looks
at the water, and then she goes slowly.

On quiet evenings they sit together on the bench by the light. The harbour master brings the bread, the
sailmaker brings the cheese, and the pilot brings the news from the ships. The keeper of the light
brings her notebook and reads one page from another year. It is always a small page. The wind was
gentle, the water was clear, three ships came and one ship did not. And then they are quiet for a
while, until somebody remembers that the ship which did not come that night came the next morning, with
flags from bow to stern and a crew that sang.

A light does not stop the storm. It does not move the rocks, and it does not steer the ships. It only
says, again and again, here I am, and here are the rocks, and there is the way between. A ship that has
seen the light knows one thing more than it knew before, and one thing is often enough. That is why the
keeper cleans the glass every morning, even when the morning is bright — the glass is for the night,
and the night does not wait until somebody is ready.

Sometimes a visitor asks what happens when the light goes out. The keeper of the light smiles and shows
the second lamp, and behind the second lamp the third. The first lamp is for every night, she says. The
second lamp is for the night when the first lamp fails. The third lamp is for the night when I am wrong
about the second lamp. And when the third lamp fails? Then there is the bell, says the keeper, and then
there are the people who hear the bell, and there have always been enough of them.

The market opens when the boats come in. There is fish on the long tables, and there are lemons from
far away, and crème caramel from the café for those who cannot wait until noon. The old sailmaker buys
one lemon and keeps it in her pocket. The pilot buys two and shares them with the crew of the first
ship. The harbour master buys nothing, and goes home with bread under his arm and flour on his coat,
and nobody has ever seen how he does it.

When the spring comes the boats are painted. Blue is for luck, green is for patience, and white is for
people who cannot decide. The paint dries slowly because the wind is still cold, and so the whole town
walks around the pier with blue hands and green elbows and tells stories. The best stories are the ones
in which nothing goes wrong for a long time, and then something small goes wrong, and somebody notices.
Somebody always notices, says the keeper. That is not luck. That is what a harbour is.
`;
