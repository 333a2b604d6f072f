"""perl: hashes, strings, regular expressions, sorting, closures, fork and a pipe."""

from trial import require

SCRIPT = r"""
use strict; use warnings;
my $count = shift;
my (%words, @list);
for my $i (1 .. $count) {
  my $word = join '-', map { chr(97 + ($i * $_) % 26) x ($i % 7 + 1) } 3, 5, 11;
  $words{$word}{$i % 13} .= "<$i>";
  push @list, [$word, $i, sub { $i * 2 }];
}
my $sum = 0;
for my $entry (sort { $a->[0] cmp $b->[0] || $a->[1] <=> $b->[1] } @list) {
  my $copy = $entry->[0];
  $copy =~ s/([aeiou])/uc($1) . length($copy)/ge;
  $sum = ($sum * 31 + length($copy) + $entry->[2]->()) % 1000003;
}
print "words: ", scalar(keys %words), " sum: $sum\n";
my $text = join ',', map { "$_=" . join('', values %{$words{$_}}) =~ tr/<// } sort keys %words;
print "text: ", length($text), " ", unpack('%32C*', $text), "\n";
undef @list; %words = ();
pipe(my $reader, my $writer) or die;
my $child = fork();
if ($child == 0) { my @own = map { "line $_\n" } 1 .. 1000; print $writer @own; close $writer; exit 7 }
close $writer;
my @lines = <$reader>;
waitpid($child, 0);
print "from the child: ", scalar(@lines), " status ", $? >> 8, "\n";
exit 3;
"""


def use(trial, count):
    result = trial.compare(["perl", "-e", SCRIPT, count], environment={"PERL_HASH_SEED": "0"})
    require(result.status == 3 and result.err == "", str(result))


def smoke(trial):
    use(trial, 3_000)


def full(trial):
    use(trial, 100_000)
