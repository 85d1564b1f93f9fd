# Lines of `verb key=value,value …`, values percent-encoded; keeper-message.ts is the other end.
package Message;
use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(parse_message message one many);

sub encode { my $value = shift; $value =~ s/([^A-Za-z0-9_.\/:-])/sprintf '%%%02x', ord $1/ge; return $value }
sub decode { my $value = shift; $value =~ s/((?:%[0-9a-f]{2})+)/pack 'H*', $1 =~ tr,%,,dr/ge; return $value }

# The values of each key as they came, the verb, and the line itself. Values are taken apart and decoded when they are
# asked for: whoever passes a message on asks for few of them.
sub parse_message {
    my ($verb, @fields) = split / /, $_[0];
    my %message = (verb => $verb, line => $_[0]);
    for my $field (@fields) {
        my ($key, $value) = split /=/, $field, 2;
        $message{$key} = exists $message{$key} ? "$message{$key},$value" : $value;
    }
    return \%message;
}
sub one { my ($message, $key, $otherwise) = @_; return exists $message->{$key} ? decode($message->{$key} =~ s/,.*//sr) : $otherwise }
sub many {
    my ($message, $key) = @_;
    return if !exists $message->{$key};
    my @values = split /,/, $message->{$key}, -1;
    @values = ('') if !@values;
    for (@values) { $_ = decode($_) if index($_, '%') >= 0 }
    return @values;
}
sub message { my ($verb, @pairs) = @_; my $line = $verb; while (my ($key, $value) = splice @pairs, 0, 2) { $line .= " $key=" . encode($value) } return "$line\n" }

1;
