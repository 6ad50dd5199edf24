//! The two names of an image: by what it is built from, and by what it is. Both can be given to
//! other images, by hand or by another build.

use alloc::string::String;

use super::listed::Image;
use super::{BUILT, ImageBuild};
use crate::places::text_fact;
use protocol::StepContext;

impl ImageBuild {
    /// The tag of what is built from these inputs.
    pub(super) fn input_tag(&self, context: &StepContext) -> String {
        format!("{}-{}", self.version, context.content)
    }

    /// The tag of what the image is.
    pub(super) fn own_tag(&self, image: &Image) -> String {
        let id = image.id.rsplit(':').next().unwrap_or_default();
        format!("{}-{}", self.version, id.get(..12).unwrap_or(id))
    }

    pub(super) fn reference(&self, tag: &str) -> String {
        format!("{}:{tag}", self.image)
    }

    /// Whether the image has the name of what it is.
    pub(super) fn is_named(&self, image: &Image, images: &[Image]) -> bool {
        let own = self.own_tag(image);
        let mut images = images.iter();
        images.any(|other| other.tag == own && other.id == image.id)
    }

    /// Why the image with the tag of the inputs is not the one that was built, or is not found by
    /// who was given its other name.
    pub(super) fn misnamed(
        &self,
        context: &StepContext,
        image: &Image,
        images: &[Image],
    ) -> Option<String> {
        let told = |name| text_fact(context.before, name);
        let (tag, own) = (self.input_tag(context), self.own_tag(image));
        let is_named = self.is_named(image, images);
        // The image of other inputs is known by the tag of its own that every build gives.
        let is_unsure = told(BUILT) == Some(&tag) || !is_named;
        if is_unsure && told("id").is_some_and(|was| was != image.id) {
            let reference = self.reference(&tag);
            return Some(format!(
                "{reference} is another image than the one that was built"
            ));
        }
        let lost = told("tag") == Some(&own) && !is_named;
        lost.then(|| {
            format!(
                "{} is gone from the daemon, or another image",
                self.reference(&own)
            )
        })
    }
}
