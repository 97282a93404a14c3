import Pipeline
import Testing

struct MarkdownTextTests {
  @Test(arguments: [
    ("plain [x=1] *", "plain [x=1] *"), ("a|b", "a\\|b"), ("a\\|b", "a\\\\\\|b"),
    ("`<b>`", "\\`\\<b>\\`"), ("two\nlines\r\nthree", "two lines three"),
  ])
  func nothingInACellIsMarkup(text: String, cell: String) {
    #expect(text.markdownCell == cell)
  }
}
